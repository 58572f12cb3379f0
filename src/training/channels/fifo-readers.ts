import type { ProcessActivity } from '../../runner/runner.js';

/** A FIFO that several processes were seen to read at the same time. */
export interface SharedFifo {
  /** As the processes see it. */
  readonly path: string;
  /** Two of the processes, or more. */
  readonly commands: readonly string[];
}

/**
 * Which FIFOs several processes read. That they have one open says nothing: whoever starts a process hands on what he has
 * open. So it counts if two wait for its data in one look.
 */
export class FifoReaders {
  readonly #shared = new Map<string, readonly string[]>();

  note(activity: readonly ProcessActivity[]): void {
    for (const path of new Set(activity.flatMap(({ waitsFor }) => waitsFor))) {
      const readers = activity.filter(({ waitsFor }) => waitsFor.includes(path));
      if (readers.length > 1)
        this.#shared.set(
          path,
          readers.map(({ command }) => command),
        );
    }
  }

  get shared(): readonly SharedFifo[] {
    return [...this.#shared].map(([path, commands]) => ({ path, commands }));
  }
}
