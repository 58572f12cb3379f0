import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('hanging_directory.py', import.meta.url));

/** Whether this machine can have a directory that does not answer. */
export const canHang = process.getuid?.() === 0 && existsSync('/dev/fuse');

/** An empty directory on a disk of its own. */
export interface HangingDirectory extends AsyncDisposable {
  /** From now on the disk does not answer whoever lists the directory. */
  hang(): Promise<void>;
  /** The disk is gone: whoever waits gets an error. */
  release(): Promise<void>;
}

export async function hangingDirectory(path: string): Promise<HangingDirectory> {
  mkdirSync(path);
  const { stdin, stdout } = spawn('python3', [program, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: stdout });
  const closed = once(lines, 'close');
  await Promise.race([once(lines, 'line'), closed]);
  const release = async () => {
    stdin.end();
    await closed;
  };
  return {
    async hang() {
      stdin.write('\n');
      await Promise.race([once(lines, 'line'), closed]);
    },
    release,
    [Symbol.asyncDispose]: release,
  };
}
