import type * as typedEmitter from 'typed-emitter';

import type { StalledEvent } from './hang/stalled-event.js';
import type { LogEvent } from '../logs/log-event.js';
import type { MetricEvent } from './metrics/metric-event.js';
import type { StatusEvent } from './status/job-status.js';

/** The events of a {@link TrainingJob}, and what their listeners are given. */
export type TrainingJobEvents = {
  /** The job has come to another status. */
  status: (event: StatusEvent) => void;
  /** The algorithm has written a line. It is in the log file by now. */
  log: (event: LogEvent) => void;
  /** A line had a value of a metric. */
  metric: (event: MetricEvent) => void;
  /** Nothing has moved for `stalledAfterMs`. Comes again if something has moved since, and then nothing. */
  stalled: (event: StalledEvent) => void;
};

/** What emits those events: an `EventEmitter` of Node's whose listeners have types. */
export type TrainingJobEmitter = typedEmitter.default<TrainingJobEvents>;
