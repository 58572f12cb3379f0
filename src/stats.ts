/**
 * What a channel is doing: `idle → waiting ⇄ streaming → finished | stopped | failed`. It is `waiting` while an
 * epoch's FIFO has no reader, and `streaming` from the reader's opening to the end of the epoch.
 */
export type ChannelState = 'idle' | 'waiting' | 'streaming' | 'finished' | 'stopped' | 'failed';

/** A channel at a moment. */
export interface ChannelStats {
  /** What the channel is doing. */
  readonly state: ChannelState;
  /** The epoch that is waited for or streamed, or the last one; counted from 0. */
  readonly epoch: number;
  /**
   * Whom the channel waits for: for the reader to open the FIFO or to make room in it, for the source (and the
   * transforms) to deliver, or for nobody, because it is not running.
   */
  readonly waitingFor: 'reader' | 'source' | 'nobody';
  /**
   * For how long the channel has waited for that, in milliseconds: since the FIFO is there, or since a byte or an object
   * was written last. Looked at four times a second while it streams, and so as exact as that; 0 for nobody.
   */
  readonly waitingMs: number;
  /** The path of that epoch's FIFO, or of the channel's directory. */
  readonly path: string;
  /** How many bytes the pipes have taken, in all epochs. */
  readonly bytes: number;
  /** How many objects were written to their end, in all epochs. */
  readonly objects: number;
  /** How many bytes the pipe has taken in this epoch. */
  readonly epochBytes: number;
  /** How many objects were written to their end in this epoch. */
  readonly epochObjects: number;
}
