import type { Socket } from 'node:net';

import { waitAtExit } from '../../at-exit.js';
import type { Child } from '../child.js';
import { connectTo } from '../connect-to.js';
import type { StreamLines } from '../output/stream-lines.js';
import { EXIT_PATIENCE_MS, hasEnded, processesFrom, statusOf, untilGone } from '../processes.js';
import type { ProcessInfo, ProgramExit } from '../runner.js';
import type { StartedProgram } from '../started-program.js';
import { LeftBehind } from '../left-behind.js';
import type { ConnectLimits } from '../until-connected.js';
import type { Connector } from './connector.js';

/** What it has beside its process. */
interface NamespacedParts extends Pick<StartedProgram, 'stdout' | 'stderr'> {
  /** There if it has a network of its own. */
  readonly connector: Connector | undefined;
}

/** The first process of a PID namespace: with it, all the others end. */
export class NamespacedProgram implements StartedProgram {
  readonly pid: number;
  readonly isVisible = true;
  readonly stdout: StreamLines;
  readonly stderr: StreamLines;
  readonly ended: Promise<ProgramExit>;
  readonly #child: Child;
  readonly #leftBehind: LeftBehind;
  readonly #connector: Connector | undefined;

  constructor(
    child: Child,
    pid: number,
    complaint: Promise<string>,
    { stdout, stderr, connector }: NamespacedParts,
  ) {
    this.#connector = connector;
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

  connect(port: number, limits: ConnectLimits): Promise<Socket> {
    return this.#connector?.connect(port, limits) ?? connectTo({ host: '127.0.0.1', port }, limits);
  }

  /** The kernel lets it end when all the others have. */
  killNow(): void {
    if (this.signal('SIGKILL')) waitAtExit(() => hasEnded(statusOf(this.pid)), EXIT_PATIENCE_MS);
  }

  processes(): readonly ProcessInfo[] {
    return processesFrom(this.pid);
  }

  async #untilEnded(complaint: Promise<string>): Promise<ProgramExit> {
    const { code, signal } = await this.#child.exit;
    const leftBehind = this.#leftBehind.end();
    await this.#connector?.close();
    if (signal !== null) await untilGone(this.pid); // it may be `unshare` that was killed
    // `unshare` ends like its child, but cannot for SIGKILL: then it says that it failed, and ends with 1.
    const lastWords = (await complaint).split('ready\n').at(-1)!;
    if (code === 1 && lastWords !== '') return { code: null, signal: 'SIGKILL', leftBehind };
    return { code, signal, leftBehind };
  }
}
