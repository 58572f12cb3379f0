import type * as typedEmitter from 'typed-emitter';

import type { LogEvent } from '../logs/log-event.js';

/** The server of an instance has ended, although nobody has stopped it. Invocations that it had begun with fail. */
export interface InstanceEndedEvent {
  /** `instance-1` and so on. */
  readonly instance: string;
  /** Its exit code; `null` if a signal has ended it. */
  readonly exitCode: number | null;
  /** The signal that has ended it. */
  readonly signal: NodeJS.Signals | null;
  /** The last lines that it has written. */
  readonly lastLines: readonly string[];
}

/** A server in service has failed several pings in a row. It is stopped, and another one is started. */
export interface InstanceUnhealthyEvent {
  /** `instance-1` and so on. */
  readonly instance: string;
  /** What the last ping has come to, in words. */
  readonly lastPing: string;
}

/** The server of an instance was started again, and answers. */
export interface InstanceRestartedEvent {
  /** `instance-1` and so on. */
  readonly instance: string;
  /** How often that has happened to it. */
  readonly restarts: number;
}

/**
 * The server of an instance does not come up any more: it is given up, and with the last one the endpoint. All are given up when
 * what they write cannot be kept.
 */
export interface InstanceFailedEvent {
  /** `instance-1` and so on. */
  readonly instance: string;
  /** Why: mostly an {@link EndpointError}; `WRITE_FAILED` of logs. */
  readonly error: Error;
}

/** The events of an {@link Endpoint}, and what their listeners are given. */
export type EndpointEvents = {
  /** A server has ended by itself. It is started again. */
  instanceEnded: (event: InstanceEndedEvent) => void;
  /** A server does not answer `/ping` with 200 any more. It is replaced: it ends, and is started again. */
  instanceUnhealthy: (event: InstanceUnhealthyEvent) => void;
  /** It is there again. */
  instanceRestarted: (event: InstanceRestartedEvent) => void;
  /** It did not come up again, or did not stay up, three times in a row, or what it writes cannot be kept. */
  instanceFailed: (event: InstanceFailedEvent) => void;
  /** A server has written a line. It is in the log file by now. */
  log: (event: LogEvent) => void;
};

/** What emits those events: an `EventEmitter` of Node's whose listeners have types. */
export type EndpointEmitter = typedEmitter.default<EndpointEvents>;
