import { expect, test } from 'vitest';

import { rejection } from '../support/expected-errors.js';
import { useJobs } from './support/use-jobs.js';

const jobs = useJobs();

test('what is in the directories: list, read, path', async () => {
  await using job = jobs.sh(
    `mkdir -p $ML/model/sub && printf 'caf\\303\\251' > $ML/model/sub/b && printf '\\377' > $ML/model/a
     echo data > $ML/output/data/d && echo step > $ML/checkpoints/c && mkfifo $ML/model/pipe`,
    { CheckpointConfig: { S3Uri: jobs.path('checkpoints') } },
  );
  const { model, output, checkpoints } = await job.finished();
  expect(model.list()).toEqual(['a', 'sub/b']);
  expect(await model.readText('sub/b')).toBe('café');
  expect(await model.readBytes('a')).toEqual(Buffer.of(255));
  expect(model.path('sub/b')).toBe(`${job.directory}/algo-1/model/sub/b`);
  expect(await output.readText('d')).toBe('data\n');
  expect(await checkpoints.readText('c')).toBe('step\n');
});

test('links lead where they led the algorithm, and nowhere else', async () => {
  await using job = jobs.sh(
    `echo right > $ML/output/data/real; ln -s /opt/ml/output/data/real $ML/model/absolute
     ln -s ../output $ML/model/directory; ln -s /etc/passwd $ML/model/out; ln -s ../../../../../etc/passwd $ML/model/up
     mkdir $ML/output/data/deep; ln -s ../real $ML/output/data/deep/up; ln -s /opt/ml/output/data/deep $ML/model/deep
     ln -s deep/../real $ML/model/back; ln -s loop $ML/model/loop; ln -s gone $ML/model/gone`,
  );
  const { model } = await job.finished();
  expect(await model.readText('absolute')).toBe('right\n');
  expect(await model.readText('directory/data/real')).toBe('right\n');
  expect(await model.readText('deep/up')).toBe('right\n');
  expect(await model.readText('back')).toBe('right\n');
  for (const name of ['out', 'up', 'loop', 'gone', 'absolute/x'])
    expect(await rejection(model.readText(name))).toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  expect(model.list()).toContain('out');
});

test('what is not there is told with what is', async () => {
  await using job = jobs.sh('echo 1 > $ML/model/weights.json');
  const { model, output, checkpoints } = await job.finished();
  const { message } = await rejection(model.readText('weight.json'));
  expect(message).toBe('There is no file "weight.json" in /opt/ml/model. In it: weights.json.');
  expect((await rejection(output.readText('x'))).message).toContain('There is no file in it.');
  expect((await rejection(checkpoints.readText('x'))).message).toContain('no CheckpointConfig');
  expect((await rejection(model.readText('.'))).code).toBe('ARTIFACT_NOT_FOUND');
  expect(checkpoints.list()).toEqual([]);
});

test.each(['/etc/passwd', '../x', 'a/../../x', '', 'a\0b'])(
  'a name that leads out is refused: %j',
  async (name) => {
    await using job = jobs.sh('true');
    const { model } = await job.finished();
    expect(await rejection(model.readText(name))).toMatchObject({ code: 'INVALID_OPTION' });
    expect(() => model.path(name)).toThrow('`name`');
  },
);
