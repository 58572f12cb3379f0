import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { failureOf, useJobs } from './support/use-jobs.js';

const jobs = useJobs();

/** Something has to be mounted. */
describe.runIf(process.getuid!() === 0)('a disk that is full', () => {
  let small = '';
  beforeEach(() => {
    small = jobs.path('small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,nr_inodes=60', 'tmpfs', small]);
  });
  // What is still open there would keep it.
  afterEach(() => void execFileSync('umount', [small]));

  const fill = () => {
    expect(() => writeFileSync(`${small}/filler`, Buffer.alloc(2 << 20))).toThrow('ENOSPC');
  };

  test('while a File channel is written', async () => {
    const source = [{ key: 'big', body: Buffer.alloc(2 << 20) }];
    await using job = jobs.sh(
      'echo started',
      {},
      {
        directory: `${small}/job`,
        channels: { f: { source, inputMode: 'File' } },
      },
    );
    const error = await rejection(job.finished());
    expect(error).toMatchObject({ code: 'DEST_NOT_WRITABLE', channel: 'f' });
    expect(error.message).toMatch(/ENOSPC.*Make room/);
    expect(job.describe()).toMatchObject({ TrainingJobStatus: 'Failed' });
  });

  test('while the log is written', async () => {
    await using job = jobs.sh('echo early; yes "a line of the log"', {}, { directory: `${small}/job` });
    const error = await failureOf(job);
    expect(error).toMatchObject({ code: 'TRAINING_JOB_FAILED', signal: 'SIGKILL', status: 'Failed' });
    expect(error.cause).toMatchObject({ code: 'WRITE_FAILED', path: `${small}/job/logs/algo-1.log` });
    expect(error.message).toMatch(/ENOSPC.*Make room/);
    const lines: string[] = [];
    for await (const { text } of job.logs()) lines.push(text);
    expect(lines[0]).toBe('early'); // what was written is there
    expect(lines.length).toBeGreaterThan(1000);
  });

  test('while the algorithm writes, and nobody can log why', async () => {
    await using job = jobs.sh('head -c 2000000 /dev/zero > $ML/model/m', {}, { directory: `${small}/job` });
    const error = await failureOf(job);
    expect(error).toMatchObject({ status: 'Failed', cause: { code: 'WRITE_FAILED' } });
    expect(error.message).toMatch(/ENOSPC.*Make room.*\n.*\n {2}head: .*No space left on device/);
  });

  test.each(['GZIP', 'NONE'] as const)('while the model is written to its place: %s', async (compression) => {
    await using job = jobs.sh('head -c 2000000 /dev/urandom > $ML/model/m; echo x > $ML/output/data/o', {
      TrainingJobName: 'large',
      OutputDataConfig: { S3OutputPath: `${small}/artifacts`, CompressionType: compression },
    });
    const error = await failureOf(job);
    expect(error).toMatchObject({ exitCode: 0, status: 'Failed' });
    expect(error.cause).toMatchObject({ code: 'ARTIFACT_NOT_WRITTEN' });
    expect(error.message).toMatch(/after its algorithm ended with exit code 0.*ENOSPC.*make room/);
    expect(error.result.model.list()).toEqual(['m']);
    expect(readdirSync(`${small}/artifacts/large/output`)).toEqual([]);
  });

  test('while checkpoints are written to their place', async () => {
    await using job = jobs.sh('head -c 2000000 /dev/urandom > $ML/checkpoints/c; echo m > $ML/model/m', {
      CheckpointConfig: { S3Uri: `${small}/checkpoints` },
    });
    const error = await failureOf(job);
    expect(error.cause).toMatchObject({ code: 'ARTIFACT_NOT_WRITTEN' });
    expect(error.message).toMatch(/ENOSPC.*make room/);
    expect(readdirSync(`${small}/checkpoints`)).toEqual([]);
  });

  test('before anything is written', async () => {
    fill();
    await using job = jobs.sh('true', {}, { directory: `${small}/job` });
    const error = await rejection(job.finished());
    expect(error).toMatchObject({ code: 'DEST_NOT_WRITABLE' });
    expect(error.message).toMatch(/ENOSPC.*make room/);
  });

  test('with no more inodes', async () => {
    expect(() => {
      for (let index = 0; index < 100; index++) writeFileSync(`${small}/${index}`, '');
    }).toThrow('ENOSPC');
    await using job = jobs.sh('true', {}, { directory: `${small}/job` });
    expect((await rejection(job.finished())).message).toMatch(/ENOSPC.*make room/);
  });

  test('when what several hosts have left is put together', async () => {
    await using job = jobs.sh(
      // As many as there is room for: to put them together takes directories.
      'i=0; while (: > $ML/model/$i) 2> /dev/null; do i=$((i + 1)); done; mkdir -p $ML/model/0 || true',
      { ResourceConfig: { InstanceCount: 2, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 } },
      { directory: `${small}/job` },
    );
    const error = await failureOf(job);
    expect(error).toMatchObject({ status: 'Failed', exitCode: 0, cause: { code: 'DEST_NOT_WRITABLE' } });
    expect(error.message).toMatch(/ENOSPC.*make room/);
  });

  test('where temporary files are', async () => {
    fill();
    vi.stubEnv('TMPDIR', small);
    await using job = jobs.sh('true', {}, { directory: jobs.path('job') });
    const error = await rejection(job.finished());
    vi.unstubAllEnvs();
    expect(error.code).toBe('RUNNER_FAILED');
    expect(error.message).toMatch(/Make room there, or set TMPDIR/);
  });
});
