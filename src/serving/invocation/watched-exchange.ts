import type { Instances } from '../instances.js';
import type { Instance } from '../instance.js';
import { textOf } from './answer.js';
import { InvocationExchange } from './invocation-exchange.js';
import type { Patience } from './patience.js';
import type { Payload } from './payload.js';

/** Who has to do with an invocation. */
interface ExchangeParts {
  readonly instances: Instances;
  readonly payload: Payload;
  /** Over when all of an answer is there. */
  readonly patience: Patience;
  /** How long the answer may be, in bytes. */
  readonly mostBytes: number;
  /** The kind of answer that is wanted, if the caller says. */
  readonly accept: string | undefined;
}

/** An invocation of a caller's, whose answer the instance notes, complete or not. */
export class WatchedExchange extends InvocationExchange {
  readonly #parts: ExchangeParts;

  constructor(instance: Instance, parts: ExchangeParts) {
    super(instance, parts.mostBytes);
    this.#parts = parts;
  }

  protected override broken(error: Error): Error {
    const { failure } = this.#parts.payload;
    return failure === undefined ? super.broken(error) : (failure.error as Error);
  }

  protected override onOver(): void {
    super.onOver();
    const { instances, patience } = this.#parts;
    instances.freed();
    if (this.answer === undefined) return; // another instance may be asked
    this.#noteAnswer();
    patience.done();
  }

  #noteAnswer(): void {
    const { status, headers } = this.answer!;
    const { payload, accept } = this.#parts;
    const sent = this.isComplete ? payload.sentSoFar : undefined;
    this.instance.seen.noteAnswer({
      status,
      accept,
      contentType: textOf(headers['content-type']),
      short: this.shortAnswer,
      early: sent === undefined ? undefined : { sent, length: payload.length },
    });
  }
}
