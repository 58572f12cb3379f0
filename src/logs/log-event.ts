/** A line that an algorithm has written. */
export interface LogEvent {
  /** When it came. */
  readonly time: Date;
  /** Which host wrote it: `algo-1`. */
  readonly host: string;
  /** Its standard output, or standard error. */
  readonly stream: LogStreamName;
  /** Without its end. Bytes that are no UTF-8 are U+FFFD. */
  readonly text: string;
  /** Whether the line goes on in the next event of that stream: it is longer than 1 Mi characters. */
  readonly continues: boolean;
}

/** Where an algorithm has written it. */
export type LogStreamName = 'stdout' | 'stderr';
