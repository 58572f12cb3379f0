/** What one scenario consists of: plain data, which its seed determines. */
export interface Scenario {
  readonly seed: number;
  /** The thread that the channels run in. */
  readonly thread: 'main' | 'worker';
  /** How a worker ends before its channels do; left out if it waits for them. */
  readonly threadEnd?: { readonly how: 'terminate' | 'exit' | 'throw'; readonly afterMs: number } | undefined;
  /** Whether its files are on a disk and not in memory. */
  readonly isOnDisk: boolean;
  readonly isGroup: boolean;
  readonly channels: readonly ChannelPlan[];
}

export type SourceKind =
  | 'file'
  | 'directory'
  | 'memory'
  | 'functions'
  | 'generator'
  | 's3'
  | 'manifest'
  | 's3Manifest'
  | 'augmented';

/** One channel, its data, its readers, and what goes wrong. */
export interface ChannelPlan {
  readonly name: string;
  readonly source: SourceKind;
  /** In the order in which the source lists them. */
  readonly objects: readonly ObjectPlan[];
  readonly gunzip: boolean;
  /** A transform of the user's. */
  readonly own: boolean;
  readonly recordio: boolean;
  readonly inputMode: 'Pipe' | 'File' | 'FastFile';
  /** How many epochs the channel has; endless if left out. */
  readonly epochs?: number | undefined;
  /** How each epoch is read, one after the other. */
  readonly reads: readonly ReadPlan[];
  readonly zeroCopy: boolean;
  readonly prefetchBytes: number;
  readonly shuffleSeed?: number | undefined;
  readonly shard?: { readonly index: number; readonly count: number } | undefined;
  readonly fault?: FaultPlan | undefined;
  readonly stop?: StopPlan | undefined;
  /** Whether the first reader looks for its FIFO before the channel starts. */
  readonly readerComesFirst: boolean;
  readonly watch: 'listener' | 'finished' | 'both';
}

export interface ObjectPlan {
  readonly key: string;
  readonly bytes: number;
  /** Of its content. */
  readonly seed: number;
  /** How many members its gzip file has; 0 for an empty file, if it has no bytes. */
  readonly members: number;
  /** The lengths of the chunks that a generator yields, over and over. */
  readonly chunks: readonly number[];
  /** How long a generator waits before every chunk. */
  readonly delayMs: number;
  /** Whether the source says how long the object is, if it can choose. */
  readonly isSized: boolean;
}

/** How an epoch is read. */
export interface ReadPlan {
  /** Python in a process of its own, or `readEpochs` in the channel's thread. */
  readonly reader: 'process' | 'same';
  /** Leaves after so many bytes; reads to the end if left out. */
  readonly leaveAfter?: number | undefined;
  /** Leaves by SIGKILL. */
  readonly dies: boolean;
  /** Tries to open the same epoch again after it has left. */
  readonly returns: boolean;
  /** Before it looks for the FIFO. */
  readonly lateMs: number;
  /** Between its opening and its first read. */
  readonly pauseMs: number;
  /** Before each of its first 20 reads. */
  readonly delayMs: number;
  /** The most that one read asks for. */
  readonly chunkBytes: number;
  /** Opens without waiting for a writer. */
  readonly nonblocking: boolean;
}

/** When something is done. */
export interface Moment {
  readonly at: 'beforeStart' | 'duringStart' | 'afterStart' | 'epochStart' | 'object' | 'epochEnd';
  /** At which of these events, counted from 1. */
  readonly count: number;
  /** How long after that. */
  readonly delayMs: number;
}

export interface StopPlan {
  readonly how: 'stop' | 'abort' | 'dispose' | 'twice';
  readonly when: Moment;
}

export type ChangeKind = 'overwrite' | 'overwriteSameTime' | 'truncate' | 'append' | 'vanish' | 'replace';

export type ServerFault =
  'reset' | 'close' | 'short' | 'shortChunked' | 'stall' | 'ignoreConditions' | 500 | 403;

/** What goes wrong with the source. `object` is the position among the plan's objects. */
export type FaultPlan =
  | { readonly kind: 'throws'; readonly object: number; readonly afterBytes: number }
  | {
      readonly kind: 'hangs';
      readonly object: number;
      readonly afterBytes: number;
      /** Whether it ends when it is told that nobody wants its bytes any more. */
      readonly heedsSignal: boolean;
    }
  | { readonly kind: 'transformThrows'; readonly object: number; readonly afterBytes: number }
  | { readonly kind: 'wrongSize'; readonly object: number; readonly by: number }
  | { readonly kind: 'corruptGzip'; readonly object: number; readonly how: 'flip' | 'truncate' }
  | { readonly kind: 'change'; readonly object: number; readonly how: ChangeKind; readonly when: Moment }
  | { readonly kind: 'newVersion'; readonly object: number; readonly when: Moment }
  | {
      readonly kind: 'server';
      readonly object: number;
      readonly fault: ServerFault;
      readonly operation: 'GetObject' | 'ListObjectsV2';
      readonly afterBytes: number;
      /** How many requests meet it. */
      readonly times: number;
    };
