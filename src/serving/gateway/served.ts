import type { InvocationAnswer } from '../invocation/answer.js';
import type { InvocationOptions } from '../invocation/options.js';
import type { InvocationBody } from '../invocation/payload.js';
import type { PingAnswer } from '../ping.js';

/** What a gateway has to know of an endpoint, and asks of it. */
export interface Served {
  /** The `EndpointName`. */
  readonly name: string;
  /** Its `EndpointStatus`. */
  readonly status: string;
  ping(): Promise<PingAnswer>;
  invoke(body: InvocationBody, options: InvocationOptions): Promise<InvocationAnswer>;
  invokeStream(body: InvocationBody, options: InvocationOptions): Promise<InvocationAnswer>;
}
