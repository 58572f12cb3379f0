import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import type { Content } from './content.js';
import type { Fault } from './faults.js';

/** How slow the server is. */
export interface Throttle {
  /** Before the first byte of every answer, in milliseconds. */
  latencyMs?: number | undefined;
  /** Of bodies, over one connection. */
  bytesPerSecond?: number | undefined;
}

export interface BodyRange {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly content: Content;
  readonly start: number;
  readonly end: number;
}

/** Sends headers and a range of a content, as far as the fault allows. */
export async function sendRange(
  response: ServerResponse,
  { status, headers, content, start, end }: BodyRange,
  throttle: Throttle,
  fault: Fault | undefined,
): Promise<void> {
  const plan = planFor(fault, end - start);
  if (plan.bytes > 0 || plan.ending === 'end') {
    response.writeHead(
      status,
      plan.announced === undefined ? headers : { ...headers, 'content-length': plan.announced },
    );
  }
  const limit = start + plan.bytes;
  const pace = throttle.bytesPerSecond ? new Pace(throttle.bytesPerSecond) : undefined;
  for await (const chunk of start < limit ? content.read(start, limit) : []) {
    for (const piece of pace ? pace.split(chunk) : [chunk]) {
      await pace?.wait(piece.length);
      if (response.destroyed) return;
      if (!response.write(piece)) await drained(response);
    }
  }
  await finish(response, plan.ending);
}

interface Plan {
  readonly bytes: number;
  readonly announced: number | undefined;
  readonly ending: 'end' | 'reset' | 'close' | 'stall';
}

function planFor(fault: Fault | undefined, length: number): Plan {
  switch (fault?.kind) {
    case 'reset':
    case 'close':
    case 'stall':
      return { bytes: Math.min(fault.afterBytes, length), announced: length, ending: fault.kind };
    case 'short':
      return {
        bytes: Math.min(fault.bytes, length),
        announced: Math.min(fault.bytes, length),
        ending: 'end',
      };
    case 'shortChunked':
      return { bytes: Math.min(fault.bytes, length), announced: undefined, ending: 'end' };
    default:
      return { bytes: length, announced: length, ending: 'end' };
  }
}

async function finish(response: ServerResponse, ending: Plan['ending']): Promise<void> {
  if (response.destroyed) return;
  if (ending === 'end') {
    response.end();
    return;
  }
  // What was written has to be on its way first, or the client would get less than `afterBytes`.
  const socket = response.socket!;
  if (response.headersSent) await flushed(socket);
  if (ending === 'reset') socket.resetAndDestroy();
  else if (ending === 'close') socket.end();
  else await once(response, 'close');
}

async function flushed(socket: Socket): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve)); // a response holds its writes back until the tick is over
  await new Promise((resolve) => socket.write('', resolve));
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

/** Hands out bytes at a rate. What was not used is not saved up. */
class Pace {
  readonly #bytesPerMs: number;
  #due = performance.now();

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  // Pieces of some 10 ms, so that the rate is even.
  *split(chunk: Uint8Array): Iterable<Uint8Array> {
    const piece = Math.max(1, Math.round(this.#bytesPerMs * 10));
    for (let at = 0; at < chunk.length; at += piece) yield chunk.subarray(at, at + piece);
  }

  async wait(bytes: number): Promise<void> {
    const now = performance.now();
    this.#due = Math.max(this.#due, now - 20) + bytes / this.#bytesPerMs;
    if (this.#due > now + 1) await wait(this.#due - now);
  }
}
