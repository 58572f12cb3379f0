import type { LogLine } from '../runner/runner.js';
import type { LogStreamName } from './log-event.js';

/** Lines that came together. */
export interface LogBatch {
  readonly lines: readonly LogLine[];
  readonly stream: LogStreamName;
  readonly time: Date;
}
