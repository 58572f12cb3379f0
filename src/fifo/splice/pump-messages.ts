import type { MessagePort } from 'node:worker_threads';

import type { PackedParts } from '../../body/packed-parts.js';
import type { Skipped } from '../../source/file/walk.js';
import type { SerializedError } from '../../workers/serialize-error.js';
import type { ObjectsSent } from './sent-objects.js';

/** What the main thread posts to the thread that writes into pipes. */
export type PumpRequest =
  /** Not answered. */
  | {
      readonly op: 'open';
      readonly id: number;
      /** The pipe's descriptor, which is non-blocking and stays the main thread's. */
      readonly fd: number;
      /** Where the thread counts the bytes that the pipe has taken. */
      readonly taken: Float64Array;
      /** Where the thread notes whether it lists or reads files for the pipe: `[0]` is 1 meanwhile. */
      readonly reading: Uint8Array;
    }
  /** Queues parts to be written. Answered when the pipe has taken them. */
  | { readonly op: 'write'; readonly id: number; readonly parts: PackedParts }
  /** Queues the files below a path, which the thread lists. Answered when the pipe has taken them. */
  | { readonly op: 'writeFiles'; readonly id: number; readonly below: FilesBelow }
  /** Asks whether there are any files below a path, which will be asked for. Answered with `PumpChecked`. */
  | { readonly op: 'check'; readonly id: number; readonly root: string }
  /** Ends such a look, which is answered as if there were none, unless it is over. */
  | { readonly op: 'cancelCheck'; readonly id: number }
  /** The thread that helps to read has ended. Not answered. */
  | { readonly op: 'helperEnded' }
  /** Gives it a thread that helps to read. Not answered. */
  | { readonly op: 'helper'; readonly port: MessagePort; readonly memory: SharedArrayBuffer }
  /** Answered when everything is written, and none of it can change any more. */
  | { readonly op: 'settle'; readonly id: number }
  /** Answered with `closed`: nothing touches the pipe from then on. */
  | { readonly op: 'cancel'; readonly id: number }
  /** Ends everything, and then the thread. */
  | { readonly op: 'end' };

/**
 * What the thread answers to every request, in order. Whatever is not `done` is the last answer: requests that are not
 * answered end like that, further ones are ignored, and nothing is left of the pipe in the thread.
 */
export interface PumpResponse {
  readonly id: number;
  readonly outcome: 'done' | 'closed' | SerializedError;
}

/** Files that a thread finds by itself. */
export interface FilesBelow {
  /** A file, or the directory below which they are. */
  readonly root: string;
  /** Whether each of them becomes one RecordIO record. */
  readonly isRecordIO: boolean;
}

/** What the thread tells of the files that it finds: some of this. */
export interface FilesProgress {
  readonly sent?: ObjectsSent;
  readonly skipped?: Skipped;
  /** What goes wrong next is the listing, not a file. */
  readonly isListingFailed?: true;
}

/** What the thread posts before it answers `writeFiles`. */
export interface PumpProgress {
  readonly id: number;
  readonly progress: FilesProgress;
}

/** What the thread answers to `check`. */
export interface PumpChecked {
  readonly checked: number;
  /** Whether there are, or what is wrong with the path or what is below it. */
  readonly holdsFile: boolean | SerializedError;
}

/** What the thread posts when it has very many files to read. */
export interface PumpWish {
  readonly wantsHelper: true;
}

/** What a pump thread is started with. */
export interface PumpData {
  /** Allows it to use system calls that Node does not offer. Shared. */
  readonly permit: Int32Array | undefined;
  /** See `Bells`: the main thread rings when it has posted. Shared. */
  readonly bell: Int32Array;
  /** Without koffi, whether sockets may wait for room: see `SocketOutput`. */
  readonly usesSockets: boolean;
  /** Where the thread notes what it has open, if Node does not: see `OpenFiles`. */
  readonly openFiles: Float64Array | undefined;
}
