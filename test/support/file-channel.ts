import { join } from 'node:path';

import { type Channel, type FileModeOptions, createChannel } from 'sagemaker-pipe-mode';

import type { Scratch } from './scratch.js';

/** The File channel "train" of every test of the file: how it is made, and where its directories are. */
export function useFileChannel(scratch: Scratch, usual: () => Pick<FileModeOptions, 'source'>) {
  return {
    fileChannel: (options: Partial<FileModeOptions> = {}): Channel =>
      createChannel({ name: 'train', dest: scratch.dest, inputMode: 'File', ...usual(), ...options }),
    /** The directory that appears when it is complete. */
    root: () => join(scratch.dest, 'train'),
    /** The directory in which it grows. */
    work: () => join(scratch.dest, '.train.sagemaker-pipe-mode'),
  };
}
