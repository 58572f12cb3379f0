import type * as typedEmitter from 'typed-emitter';

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

/** What emits those events: an `EventEmitter` of Node's whose listeners have types. */
export interface ChannelEmitter<
  Events extends typedEmitter.EventMap & Record<keyof ChannelEvents, typedEmitter.EventMap[string]>,
> extends typedEmitter.default<Events> {
  /** A reader has opened an epoch's FIFO. */
  on(event: 'epochStart', listener: Events['epochStart']): this;
  /** An object has been written to its end. */
  on(event: 'object', listener: Events['object']): this;
  /** An epoch is over; `outcome` says whether its reader stayed to the end. */
  on(event: 'epochEnd', listener: Events['epochEnd']): this;
  /** The channel was stopped, and nothing of it is left. */
  on(event: 'stop', listener: Events['stop']): this;
  /** The channel has failed; its reader waits until `stop()`. If nobody listens, and nobody waits for `finished()`, the error is thrown as an uncaught exception. */
  on(event: 'error', listener: Events['error']): this;
  /** Any of these events. */
  on<Name extends keyof Events>(event: Name, listener: Events[Name]): this;

  /** @deprecated Channels emit their events themselves. Here for Node's `on()` and `once()`, which ask for an `EventEmitter`. */
  emit<Name extends keyof Events>(event: Name, ...args: Parameters<Events[Name]>): boolean;
}
