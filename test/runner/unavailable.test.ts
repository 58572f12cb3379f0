import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  IN_CHROOT,
  type Place,
  type RemoteResult,
  RemoteRunner,
  withoutNamespaces,
} from './support/remote-runner.js';

let remote: RemoteRunner;
beforeAll(async () => {
  remote = await RemoteRunner.build();
});
afterAll(() => remote.remove());

/** What a program comes to that is to run there. */
async function outcome(place: Place): Promise<RemoteResult> {
  const [result] = await remote.run({ programs: [['true']], env: { PATH: '/usr/bin:/bin' } }, place);
  return result!;
}

describe.runIf(process.platform === 'linux')('says why no program can get an /opt/ml of its own', () => {
  test('a sysctl', async () => {
    const { error, message } = await outcome({ machine: withoutNamespaces('max_user_namespaces') });
    expect(error).toBe('RUNNER_UNAVAILABLE');
    expect(message).toContain('user.max_user_namespaces is 0');
    expect(message).toContain("isolation: 'none'");
  });

  test('another one', async () => {
    const machine = withoutNamespaces('max_mnt_namespaces');
    expect(await outcome({ machine })).toMatchObject({
      error: 'RUNNER_UNAVAILABLE',
      message: expect.stringContaining('user.max_mnt_namespaces is 0'),
    });
  });

  test('a chroot, in which there are no user namespaces', async () => {
    const result = await outcome({ machine: IN_CHROOT });
    expect(result).toMatchObject({
      error: 'RUNNER_UNAVAILABLE',
      message: expect.stringMatching(/Operation not permitted.*chroot/),
    });
  });

  test.each(['setpriv', 'unshare', 'mount'])('%s is missing', async (name) => {
    const machine = `for each in /usr/bin/${name} /bin/${name}; do
      if [ "$(readlink -f $each)" = $each ]; then mount --bind /dev/null $each; fi; done`;
    const { error, message } = await outcome({ machine });
    expect(error).toBe('RUNNER_UNAVAILABLE');
    expect(message).toContain(`\`${name}\` is not installed`);
  });
});

test('another shell sets up as well', async () => {
  const machine = `mount --bind /bin/bash "$(readlink -f /bin/sh)"`;
  const programs = [['sh', '-c', 'echo $BASH_VERSION; exit 5'], ['cat', '/opt/ml/nothing'], ['nothing']];
  const [own, failed, missing] = await remote.run(
    { programs, env: { PATH: '/usr/bin:/bin' }, host: { name: 'algo-1', all: ['algo-1'] } },
    { machine },
  );
  expect(own).toMatchObject({ code: 5, stdout: expect.stringMatching(/^[45]\./) });
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('/opt/ml/nothing') });
  expect(missing).toMatchObject({ error: 'PROGRAM_NOT_FOUND' });
});
