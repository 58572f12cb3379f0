import type { Child } from '../child.js';
import type { StreamLines } from '../output/stream-lines.js';
import { hasEnded, processesFrom, statusOf, untilGone, waitAtExit } from '../processes.js';
import type { ProcessInfo, ProgramExit } from '../runner.js';
import type { StartedProgram } from '../started-program.js';
import { LeftBehind } from '../left-behind.js';

/** The first process of a PID namespace: with it, all the others end. */
export class NamespacedProgram implements StartedProgram {
  readonly pid: number;
  readonly isVisible = true;
  readonly stdout: StreamLines;
  readonly stderr: StreamLines;
  readonly ended: Promise<ProgramExit>;
  readonly #child: Child;
  readonly #leftBehind: LeftBehind;

  constructor(
    child: Child,
    pid: number,
    complaint: Promise<string>,
    { stdout, stderr }: Pick<StartedProgram, 'stdout' | 'stderr'>,
  ) {
    this.#child = child;
    this.pid = pid;
    this.stdout = stdout;
    this.stderr = stderr;
    this.#leftBehind = new LeftBehind(pid);
    this.ended = this.#untilEnded(complaint);
  }

  signal(name: NodeJS.Signals): boolean {
    // Its number is its own as long as `unshare` has not waited for it.
    if (statusOf(this.pid)?.parent !== this.#child.process.pid) return false;
    try {
      return process.kill(this.pid, name);
    } catch {
      return false; // has ended just now
    }
  }

  kill(): void {
    this.signal('SIGKILL');
  }

  /** The kernel lets it end when all the others have. */
  killNow(): void {
    if (this.signal('SIGKILL')) waitAtExit(() => hasEnded(statusOf(this.pid)));
  }

  processes(): readonly ProcessInfo[] {
    return processesFrom(this.pid);
  }

  async #untilEnded(complaint: Promise<string>): Promise<ProgramExit> {
    const { code, signal } = await this.#child.exit;
    const leftBehind = this.#leftBehind.end();
    if (signal !== null) await untilGone(this.pid); // it may be `unshare` that was killed
    // `unshare` ends like its child, but cannot for SIGKILL: then it says that it failed, and ends with 1.
    const lastWords = (await complaint).split('ready\n').at(-1)!;
    if (code === 1 && lastWords !== '') return { code: null, signal: 'SIGKILL', leftBehind };
    return { code, signal, leftBehind };
  }
}
