import type { EpochEndEvent, EpochStartEvent, ObjectEvent } from '../delivery/events.js';
import type { PipeModeError } from '../errors.js';

/** The events of a {@link Channel}, and what their listeners are given. */
export type ChannelEvents = {
  /** A reader has opened an epoch's FIFO. */
  epochStart: (event: EpochStartEvent) => void;
  /** An object has been written to its end. */
  object: (event: ObjectEvent) => void;
  /** An epoch is over. */
  epochEnd: (event: EpochEndEvent) => void;
  /** The channel was stopped, and nothing of it is left. */
  stop: () => void;
  /** The channel has failed. Its reader waits until `stop()`. */
  error: (error: PipeModeError) => void;
};
