import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Place, type RemoteResult, RemoteRunner } from './support/remote-runner.js';

let remote: RemoteRunner;
beforeAll(async () => {
  remote = await RemoteRunner.build();
});
afterAll(() => remote.remove());

const ENV = {
  pid: 'a name that a shell may use for something else',
  PATH: '/usr/bin:/bin',
  GREETING: 'hello there',
  'odd-name': 'kept',
  LD_LIBRARY_PATH: '/nowhere',
  LIBMOUNT_FSTAB: '/nowhere',
};

/** Everybody's: what can be changed for a process and its children only, by whoever may do that. */
const NOBODY = 65534;

/** An /opt with an entry of every kind, one of them with a name that is no UTF-8. */
const FULL_OPT = `mount -t tmpfs tmpfs /opt
mkdir '/opt/a directory' /opt/mounted && echo inner > '/opt/a directory/file' && echo text > '/opt/a#file'
ln -s 'a directory/file' /opt/link && ln -s /nowhere "/opt/dangling 'link'"
mkdir "$(printf '/opt/\\377')" && mount -t tmpfs tmpfs /opt/mounted && echo below > /opt/mounted/file`;

const NO_OPT = `mount -t tmpfs -o mode=755 tmpfs /mnt
for each in /*; do case $each in /opt|/mnt) continue;; esac
  if [ -L "$each" ]; then ln -s "$(readlink "$each")" "/mnt$each"
  elif [ -d "$each" ]; then mkdir "/mnt$each" && mount --rbind "$each" "/mnt$each"; fi
done; mkdir /mnt/srv2 && cd /mnt && pivot_root . . && umount -l . && cd /; [ ! -e /opt ]`;

const MACHINES = {
  'an /opt without ml': FULL_OPT,
  'an /opt/ml': `mount -t tmpfs tmpfs /opt; mkdir -p /opt/ml/model /opt/other; echo machine > /opt/ml/mine`,
  'no /opt': NO_OPT,
};

const USERS: Record<string, Place> = {
  root: {},
  'an ordinary user': { uid: NOBODY },
  'root without CAP_SYS_ADMIN': { without: '-sys_admin' },
};

const LIST = `LC_ALL=C ls -A1 --quoting-style=c /opt`;

describe.each(Object.entries(USERS))('as %s', (_user, place) => {
  describe.each(Object.entries(MACHINES))('on a machine with %s', (name, machine) => {
    let results: Record<string, RemoteResult>;
    const programs = {
      list: ['sh', '-c', LIST],
      ml: ['sh', '-c', 'ls /opt/ml; echo trained > /opt/ml/model/weights; cat /opt/ml/model/weights'],
      kept: [
        'sh',
        '-c',
        `cat /opt/link; cat '/opt/a#file' /opt/mounted/file; readlink "/opt/dangling 'link'"`,
      ],
      first: ['sh', '-c', 'echo $$; ls /proc | grep -c "^[0-9]"'],
      who: ['sh', '-c', 'id -u; id -g; stat -c %u /opt/ml/model'],
      environment: ['/usr/bin/env'],
      code: ['sh', '-c', 'exit 7'],
      streams: ['sh', '-c', 'echo out > /dev/stdout; echo err > /dev/stderr'],
      killed: ['sleep', '98765'],
      missing: ['no-such-program'],
      hosts: ['sh', '-c', 'hostname; getent hosts algo-1 algo-2; cd /tmp; ls -d /tmp'],
    };
    beforeAll(async () => {
      const all = await remote.run(
        {
          programs: Object.values(programs),
          env: ENV,
          host: { name: 'algo-2', all: ['algo-1', 'algo-2'] },
          killsAfter: '98765',
        },
        { ...place, machine },
      );
      results = Object.fromEntries(Object.keys(programs).map((key, index) => [key, all[index]!]));
    });

    test('what is in /opt is still there', () => {
      const opt: Record<string, string[]> = {
        'an /opt without ml': ['a directory', 'a#file', "dangling 'link'", 'link', 'ml', 'mounted', '\\377'],
        'an /opt/ml': ['ml', 'other'],
        'no /opt': ['ml'],
      };
      expect(results['list']).toMatchObject({ stderr: '', code: 0 });
      expect(results['list']!.stdout!.trim().split('\n')).toEqual(opt[name]!.map((entry) => `"${entry}"`));
      if (name !== 'an /opt without ml') return;
      expect(results['kept']).toMatchObject({
        stdout: 'inner\ntext\nbelow\n/nowhere\n',
        stderr: '',
        code: 0,
      });
    });

    test("/opt/ml is the job's directory", () => {
      expect(results['ml']).toMatchObject({ stdout: 'model\ntrained\n', stderr: '', code: 0 });
    });

    test('it is the first process, and sees itself only', () => {
      expect(results['first']!.stdout).toMatch(/^1\n[234]\n$/);
    });

    test('it is the user who started it', () => {
      const uid = place.uid ?? process.getuid!();
      expect(results['who']!.stdout).toBe(`${uid}\n${uid}\n${uid}\n`);
    });

    test('it gets the environment, and nothing else', () => {
      const lines = results['environment']!.stdout!.trim().split('\n').sort();
      expect(lines).toEqual(
        Object.entries(ENV)
          .map(([name, value]) => `${name}=${value}`)
          .sort(),
      );
    });

    test('its exit code, or the signal that ended it', () => {
      expect(results['code']).toMatchObject({ code: 7, signal: null });
      expect(results['killed']).toMatchObject({ code: null, signal: 'SIGKILL' });
    });

    test('its streams can be opened by name', () => {
      expect(results['streams']).toMatchObject({ stdout: 'out\n', stderr: 'err\n', code: 0 });
    });

    test('a program that is missing is named', () => {
      expect(results['missing']).toMatchObject({ error: 'PROGRAM_NOT_FOUND' });
    });

    test('it has its host name, and finds the others', () => {
      expect(results['hosts']!.stdout!.replaceAll(/ +/g, ' ')).toMatch(
        /^algo-2\n(127\.\d+\.\d+)\.1 algo-1\n\1\.2 algo-2\n\/tmp\n$/,
      );
    });
  });
});
