import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ownDirectoryPath, sweepDirectories } from '../../src/runner/own-directory.js';

let temporary = '';
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'own-directory-'));
  vi.stubEnv('TMPDIR', temporary);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true, force: true });
});

test("directories of this user's processes that are gone are removed, and nothing else", async () => {
  const own = basename(ownDirectoryPath('job'));
  const [, boot, namespace, user, pid, start] = /job-(.+)_(\d*)_(\d+)_(\d+)_(\d*)_[0-9a-f]{8}$/.exec(own)!;
  const name = (what: string, ...parts: (string | undefined)[]) =>
    `sagemaker-pipe-mode-${what}-${parts.join('_')}_01234567`;
  const gone = name('job', boot, namespace, user, pid, `${start}1`);
  const alsoGone = name('pipe', boot, namespace, user, '4194304', '5');
  const stay = [
    own,
    name('job', boot, namespace, user, String(process.ppid), startOf(process.ppid)),
    name('job', boot, `${namespace}1`, user, '4194304', '5'),
    name('job', '00000000', namespace, user, '4194304', '5'),
    'sagemaker-pipe-mode-job-0123456789abcdef',
    'sagemaker-pipe-mode-core-x',
  ];
  for (const each of [gone, alsoGone, ...stay]) {
    mkdirSync(join(temporary, each, 'closed/inside'), { recursive: true });
    writeFileSync(join(temporary, each, 'closed/file'), '');
    chmodSync(join(temporary, each, 'closed'), 0);
  }
  const link = name('job', boot, namespace, user, '4194304', '6');
  symlinkSync(own, join(temporary, link));
  const foreign = name('job', boot, namespace, user, '4194304', '7');
  if (process.getuid!() === 0) {
    mkdirSync(join(temporary, foreign));
    spawnSync('chown', ['65534', join(temporary, foreign)]);
    stay.push(foreign);
  }
  await sweepDirectories();
  expect(readdirSync(temporary).sort()).toEqual([...stay, link].sort());
  for (const each of stay) if (each !== foreign) chmodSync(join(temporary, each, 'closed'), 0o700);
});

function startOf(pid: number): string {
  return spawnSync('cut', ['-d', ' ', '-f', '22', `/proc/${pid}/stat`], { encoding: 'utf8' }).stdout.trim();
}
