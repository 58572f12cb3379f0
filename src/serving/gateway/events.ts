import type * as typedEmitter from 'typed-emitter';

import type { TimesSummary } from './recent-times.js';

/** An invocation by way of a gateway is over. */
export interface GatewayInvocationEvent {
  /** The path that was asked: `/invocations`. */
  readonly path: string;
  /** The status that it was answered with; `undefined` if its caller had left before. */
  readonly status: number | undefined;
  /** The instance whose answer was sent, or had begun to be; `undefined` if there is none. */
  readonly instance: string | undefined;
  /** From its beginning to the end of its answer, in milliseconds. */
  readonly durationMs: number;
  /** What it failed with; `undefined` if it was answered as it should be. */
  readonly error: Error | undefined;
}

/** What a gateway has done. */
export interface GatewayStats {
  /** How many invocations are over. */
  readonly requests: number;
  /** How many of them have failed. */
  readonly errors: number;
  /** How many are under way. */
  readonly active: number;
  /** How long those took, failed ones too, that have ended within the last minute. */
  readonly lastMinute: TimesSummary;
}

/** The events of an {@link EndpointGateway}, and what their listeners are given. */
export type GatewayEvents = {
  /** An invocation is over. */
  invocation: (event: GatewayInvocationEvent) => void;
};

/** What emits those events: an `EventEmitter` of Node's whose listeners have types. */
export type GatewayEmitter = typedEmitter.default<GatewayEvents>;
