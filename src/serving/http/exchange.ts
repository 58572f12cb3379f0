import type { Dispatcher } from 'undici';

import { AnswerBody } from './answer-body.js';

/** How long an answer may be to be kept for whoever wants to look at it, in bytes. */
const MOST_KEPT = 4096;

/** How a server's answer begins. */
export interface AnswerHead {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * One request and its answer. The exchange is over when all of the answer is here, whether it is taken or not. What it is about,
 * a kind of its own says by its methods: functions made for each one would cost more than sending it.
 */
export abstract class Exchange implements Dispatcher.DispatchHandler {
  /** Resolves when the answer begins. To be waited for at once. */
  readonly head: Promise<AnswerHead>;
  readonly body: AnswerBody;
  /** How long the answer may be, in bytes. */
  protected readonly mostBytes: number;
  #controller: Dispatcher.DispatchController | undefined;
  #begin!: (head: AnswerHead) => void;
  #fail!: (error: Error) => void;
  #answer: AnswerHead | undefined;
  #wasSent = false;
  #isOver = false;
  #bytes = 0;
  #abortedBy: Error | undefined;
  readonly #kept: Buffer[] = [];
  #isComplete = false;

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
    this.head = new Promise((resolve, reject) => {
      this.#begin = resolve;
      this.#fail = reject;
    });
    this.body = new AnswerBody(this);
  }

  /** What the body of an answer fails with that is too long. */
  protected abstract tooLong(): Error;

  /** What the body fails with whose connection has failed with an error of the client's. */
  protected abstract broken(error: Error): Error;

  /** There is a connection, and the request goes out. */
  protected onSent(): void {
    // nothing, unless a kind of its own has something to do
  }

  /** The connection has nothing more to do with it, however it ended: once. */
  protected onOver(): void {
    // the same
  }

  /** How the answer begins, as soon as it does. */
  get answer(): AnswerHead | undefined {
    return this.#answer;
  }

  /** Whether something of the request may have reached the server. */
  get wasSent(): boolean {
    return this.#wasSent;
  }

  /** All of a short answer that is complete; `undefined` of a longer one, and of one that was broken off. */
  get shortAnswer(): Buffer | undefined {
    if (!this.#isComplete || this.#bytes > MOST_KEPT) return undefined;
    return this.#kept.length === 1 ? this.#kept[0] : Buffer.concat(this.#kept);
  }

  /** Whether all of the answer was there. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Ends it: the connection is closed. */
  abort(reason: Error): void {
    if (this.#isOver || this.#abortedBy !== undefined) return;
    this.#abortedBy = reason;
    this.#fail(reason);
    if (this.#controller !== undefined) {
      this.#controller.abort(reason);
      return;
    }
    this.body.fail(reason);
    this.#finish(); // it waits for a connection: it goes no further then
  }

  /** Lets more of the answer come. */
  resume(): void {
    if (!this.#isOver && this.#controller?.paused) this.#controller.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#abortedBy) {
      controller.abort(this.#abortedBy);
      return;
    }
    this.#wasSent = true;
    this.onSent();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: AnswerHead['headers'],
  ): void {
    if (status < 200) return; // one that says to wait
    this.#answer = { status, headers };
    this.#begin(this.#answer);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= MOST_KEPT) this.#kept.push(chunk);
    if (this.#bytes > this.mostBytes) this.abort(this.tooLong());
    else if (!this.body.push(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#isComplete = true;
    this.body.end();
    this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(this.#abortedBy ?? error);
    this.body.fail(this.#abortedBy ?? this.broken(error));
    this.#finish();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.onOver();
  }
}
