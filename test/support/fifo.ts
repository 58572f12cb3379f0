import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new directory, for one test; `removeDirectory` it after. */
export function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'sagemaker-pipe-mode-test-'));
}

/** Removes a directory and all that is in it. */
export function removeDirectory(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

/** Makes FIFOs, by the system's own command, and returns their paths. */
export function makeFifos(dir: string, ...names: string[]): string[] {
  const paths = names.map((name) => join(dir, name));
  execFileSync('mkfifo', paths);
  return paths;
}

/** Opens a FIFO that has a reader already, as a writer in this process: a descriptor for `writeSync`. */
export function openWriter(path: string): number {
  return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
}

/** A writer that is not ours: a shell script in a process of its own. */
export class ShellWriter {
  readonly child: ChildProcess;
  readonly #over: Promise<unknown[]>;

  constructor(script: string, ...args: string[]) {
    this.child = spawn('sh', ['-c', script, 'writer', ...args], { stdio: 'inherit' });
    this.#over = once(this.child, 'exit');
  }

  /** How it ended: its exit code, or the signal that ended it. */
  async ended(): Promise<number | NodeJS.Signals> {
    const [code, signal] = (await this.#over) as [number | null, NodeJS.Signals | null];
    return signal ?? code!;
  }
}
