import { LibraryProcess } from './library-process.js';

/** How some invocations have gone. */
export interface Asked {
  readonly perSecond: number;
  /** What 99 of 100 took at most, in milliseconds. */
  readonly p99Ms: number;
}

/** An endpoint of the library, and its server once more without it: see programs/invocations.mjs, the other end. */
export class Invocations extends LibraryProcess {
  /** @param workspace - where it has its files */
  constructor(workspace: string) {
    super('invocations.mjs', { env: { TMPDIR: workspace } });
  }

  /** Starts both. */
  begin(): Promise<void> {
    return this.ask('begin');
  }

  /** Asks each so often, in turns that are short: a noisy moment hits both. */
  round(count: number): Promise<{ readonly ours: Asked; readonly theirs: Asked }> {
    return this.ask('round', count);
  }
}
