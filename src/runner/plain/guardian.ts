import { once } from 'node:events';

import { type Child, startChild } from '../child.js';

/**
 * Waits for the end of its input, which comes when this process ends however it does, and kills what is left of the
 * program: its process group, and whatever has its mark. It may end before it has told the group, and while something is
 * just being started, or becomes another program: so it looks again, after some time.
 * It cannot catch what becomes another process all the time.
 */
const SCRIPT = `
read -r group
read -r _
[ -z "$group" ] || kill -9 -- "-$group"
for pause in 0.1 0.2 0.4 0; do
  looks=50
  while pids=$(grep -ls "$1" /proc/[0-9]*/environ | tr -dc '0-9\\n') && [ -n "$pids" ] && [ $looks -gt 0 ]; do
    kill -9 $pids
    looks=$((looks - 1))
  done
  sleep $pause
done
`;

/** A process beside a program that ends it if we die. */
export class Guardian {
  readonly #child: Child;
  readonly #closed: Promise<unknown>;

  private constructor(child: Child) {
    this.#child = child;
    this.#closed = once(child.process, 'close');
  }

  /** @param entry - what the environment of the program's processes has in it */
  static async start(entry: string): Promise<Guardian> {
    const child = await startChild(['/bin/sh', '-c', SCRIPT, 'sh', entry], {
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.process.stdin!.on('error', () => undefined); // somebody has killed it
    return new Guardian(child);
  }

  /** @param group - the number of the program's process group */
  watch(group: number): void {
    this.#child.process.stdin!.write(`${group}\n`);
  }

  /** Without harm to the program. */
  async end(): Promise<void> {
    this.#child.process.kill('SIGKILL');
    this.#child.process.stdin!.destroy();
    await this.#closed;
  }
}
