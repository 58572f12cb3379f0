import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Problem } from './problem.js';
import type { RunCommand, RunReport } from './protocol.js';

/** When a runner that does not even say that it is alive is given up. */
const PATIENCE_MS = 60_000;

const readersFolder = fileURLToPath(new URL('./readers', import.meta.url));

/** What came of a command: a report, or the way in which the process ended. */
export type RunOutcome =
  RunReport | { readonly seed: number; readonly problems: readonly Problem[]; readonly isSpoilt: true };

/** A process that runs scenarios. */
export class RunnerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown[]>;
  #stderr = '';

  private constructor(folder: string, scratch: readonly string[]) {
    this.#child = fork(join(folder, 'runner.mjs'), [...scratch, readersFolder], {
      execArgv: ['--expose-gc', '--enable-source-maps'],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    this.#exited = once(this.#child, 'exit');
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4000);
    });
  }

  static async start(folder: string, scratch: readonly string[]): Promise<RunnerProcess> {
    const runner = new RunnerProcess(folder, scratch);
    const [first] = await Promise.race([once(runner.#child, 'message'), runner.#exited]);
    if (first !== 'ready') throw new Error(`The runner did not start: ${runner.#stderr}`);
    return runner;
  }

  async run(command: RunCommand): Promise<RunOutcome> {
    const ended = this.#exited.then(([code, signal]) => ({ ended: String(signal ?? code) }));
    this.#child.send(command);
    const outcome = await Promise.race([this.#answer(), ended]);
    if (outcome === 'late') return this.#lost(command, { rule: 'frozen', detail: `the process did not answer within ${PATIENCE_MS} ms` }); // prettier-ignore
    if ('ended' in outcome)
      return this.#lost(command, { rule: 'crash', detail: `the process ended with ${outcome.ended}` });
    return outcome;
  }

  /** Lets it end by itself; by force if it does not. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2000);
    await this.#exited;
    clearTimeout(timer);
  }

  /** A report, or that nothing has come for long. */
  #answer(): Promise<RunReport | 'late'> {
    return new Promise((resolve) => {
      const settle = (outcome: RunReport | 'late') => {
        clearTimeout(timer);
        this.#child.off('message', hear);
        resolve(outcome);
      };
      const timer = setTimeout(settle, PATIENCE_MS, 'late' as const);
      const hear = (message: RunReport | 'alive') => {
        if (message === 'alive') timer.refresh();
        else settle(message);
      };
      this.#child.on('message', hear);
      void this.#exited.then(() => clearTimeout(timer));
    });
  }

  #lost({ seed }: RunCommand, { rule, detail }: Problem): RunOutcome {
    return { seed, problems: [{ rule, detail: `${detail}\n${this.#stderr}` }], isSpoilt: true };
  }
}
