import { afterMs } from '../../abort/after-ms.js';
import { onAbort } from '../../abort/on-abort.js';
import { valueWithin } from '../../abort/value-within.js';
import { INVOCATION_HEADERS } from '../../sagemaker/invocation.js';
import { endOf } from '../end-of.js';
import type { Exchange } from '../http/exchange.js';
import type { Instance } from '../instance.js';
import { textOf } from '../invocation/answer.js';
import { InvocationExchange } from '../invocation/invocation-exchange.js';

const ACCEPT = INVOCATION_HEADERS.Accept.header;

/** How long it may take until a server that ends has ended, in milliseconds. */
export const NEWS_MS = 250;

/** What an examination has. */
export interface TrialParts {
  readonly instance: Instance;
  /** One that is answered with success. */
  readonly payload: Uint8Array;
  /** What goes with it: names and values. */
  readonly headers: readonly string[];
  /** How long an invocation may take, in milliseconds. */
  readonly timeoutMs: number;
  /** How long a payload may be, in bytes. */
  readonly mostBytes: number;
  /** The kind of answer that it gives. */
  readonly contentType: string | undefined;
  /** How many workers it is told to have, if it is told. */
  readonly workers: number | undefined;
  /** Resolves when the instance is in service. Rejects when it will not be. */
  readonly untilInService: () => Promise<void>;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/** What came of asking. */
export interface Outcome {
  /** `undefined` if there was no answer, or not all of one. */
  readonly status: number | undefined;
  readonly contentType: string | undefined;
  /** How long it took, in milliseconds. */
  readonly ms: number;
}

/** How to ask. */
interface PostOptions {
  readonly accept?: string;
  readonly patienceMs?: number;
}

/** A payload whose last byte is held back. */
export interface HeldBack {
  /** Resolves when all but the last byte was given to the connection. */
  readonly reached: Promise<void>;
  readonly outcome: Promise<Outcome>;
  /** Sends the last byte. */
  release(): void;
}

/** Asks one instance, in ways that callers do not. */
export class Trial {
  readonly parts: TrialParts;

  constructor(parts: TrialParts) {
    this.parts = parts;
  }

  /**
   * Waits until the instance is in service: what was asked before may have ended its server.
   *
   * @param options - `accept` instead of the usual one; `patienceMs`: gives up after so many milliseconds
   * @throws the signal's reason; what the instance is given up with
   */
  async post(body: Uint8Array, options: PostOptions = {}): Promise<Outcome> {
    return await this.#outcomeOf(body.length, body, options);
  }

  /** The payload, of at least a byte, but for its last byte. */
  holdBack(): HeldBack {
    const { payload } = this.parts;
    let reach!: () => void;
    let release!: () => void;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const wait = new Promise<void>((resolve) => (release = resolve));
    async function* chunks() {
      if (payload.length > 1) yield payload.subarray(0, -1);
      reach();
      await wait;
      yield payload.subarray(-1);
    }
    const outcome = this.#outcomeOf(payload.length, chunks()).finally(reach);
    outcome.catch(() => undefined); // whoever waits for it is told
    return { reached, outcome, release };
  }

  /** A server that was ended by what it was asked until now is there again. @throws as {@link Trial.post} */
  async settled(): Promise<void> {
    const { instance, untilInService } = this.parts;
    if (instance.program !== undefined) await valueWithin(instance.program.exited, NEWS_MS);
    await untilInService();
  }

  async #outcomeOf(
    length: number,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    { accept, patienceMs = Infinity }: PostOptions = {},
  ): Promise<Outcome> {
    const { instance, signal, timeoutMs, untilInService } = this.parts;
    signal.throwIfAborted();
    await untilInService();
    const program = instance.program!;
    const began = performance.now();
    const exchange = new InvocationExchange(instance, Infinity);
    const headers =
      accept === undefined ? this.parts.headers : withHeader(this.parts.headers, ACCEPT, accept);
    instance.send({ method: 'POST', path: '/invocations', headers, body, length }, exchange);
    const ms = Math.min(timeoutMs, patienceMs);
    const callOff = afterMs(ms, () => exchange.abort(new Error('There was no answer in time.')));
    const unwatch = onAbort(signal, () => exchange.abort(signal.reason as Error));
    try {
      const head = await wholeAnswer(exchange);
      const contentType = textOf(head?.headers['content-type']);
      const outcome = { status: head?.status, contentType, ms: performance.now() - began };
      if (isSuccess(outcome)) instance.seen.noteShort(exchange.shortAnswer);
      if (outcome.status === undefined) await endOf(program); // what is asked next has not ended it
      return outcome;
    } finally {
      callOff();
      unwatch();
      signal.throwIfAborted();
    }
  }
}

function withHeader(headers: readonly string[], name: string, value: string): string[] {
  const others = headers.flatMap((header, index) =>
    index % 2 === 0 && header !== name ? [header, headers[index + 1]!] : [],
  );
  return [...others, name, value];
}

/** Whether the server has done what it was asked. */
export function isSuccess({ status }: Outcome): boolean {
  return status !== undefined && status >= 200 && status <= 299;
}

async function wholeAnswer(exchange: Exchange) {
  try {
    const head = await exchange.head;
    for await (const _ of exchange.body); // to its end
    return exchange.isComplete ? head : undefined;
  } catch {
    return undefined;
  }
}
