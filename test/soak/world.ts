import type { createChannel, createChannels } from 'sagemaker-pipe-mode';

import type { S3Server } from '../support/s3-server.js';
import type { FaultRule } from '../support/s3-server/faults.js';
import type { Reading, ReadRequest } from './readers/reading.js';

/** What is tried: the library, or one with a defect that has been planted into it. */
export interface Subject {
  readonly createChannel: typeof createChannel;
  readonly createChannels: typeof createChannels;
}

/** Where readers come from. */
interface Readers {
  read(request: ReadRequest): { readonly reading: Reading; readonly done: Promise<void> };
}

/** The S3 server, wherever it runs. */
export interface S3Place {
  readonly client: S3Server['clientConfig'];
  put(key: string, bytes: Uint8Array): void;
  addFault(rule: FaultRule): void;
  /** Resolves when the server has got all that was put, and all faults. */
  settled(): Promise<void>;
}

/** What a scenario happens in. */
export interface World {
  readonly subject: Subject;
  /** An empty directory for the data, and one that does not exist yet for what the channels make. */
  readonly dir: string;
  readonly dest: string;
  /** Different for every scenario: what its keys in S3 begin with. */
  readonly prefix: string;
  readonly readers: Readers;
  readonly s3: S3Place;
  /** Told when the end of a channel is asked for, before it is. */
  stopAsked(channel: string, at: bigint): void;
  /** Told what to say if the scenario does not come to an end. */
  describe(state: () => string): void;
}
