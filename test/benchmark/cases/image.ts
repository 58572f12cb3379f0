import { spawnSync } from 'node:child_process';
import { basename, dirname } from 'node:path';

import { runProgram } from '../processes.js';

/** An image that has one program in it, which is its entrypoint: there as long as it is used. */
export async function withImage<Result>(
  docker: string,
  program: string,
  use: (image: string) => Promise<Result>,
): Promise<Result> {
  const image = `sagemaker-pipe-mode-bench:${process.pid}`;
  const remove = (): void => void spawnSync(docker, ['image', 'rm', '--force', image], { stdio: 'ignore' });
  process.once('exit', remove);
  try {
    const script = 'tar -C "$1" -c "$2" | "$3" import --change "ENTRYPOINT [\\"/$2\\"]" - "$4"';
    await runProgram('sh', '-c', script, 'sh', dirname(program), basename(program), docker, image);
    return await use(image);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
