import { PipeModeError } from '../../errors.js';
import type { RunningProgram } from '../../runner/runner.js';
import { INVOCATION_HEADERS } from '../../sagemaker/invocation.js';
import { endOf } from '../end-of.js';
import type { Instance } from '../instance.js';
import type { Instances } from '../instances.js';
import { badStatus, ModelError, tooLate } from '../model-error.js';
import { brokenOff, howEnded, invocationFailed } from '../serving-errors.js';
import { InvocationAnswer } from './answer.js';
import { readErrorText } from './error-text.js';
import { headerOf, type InvocationHead, type InvocationOptions, readInvocation } from './options.js';
import { Patience } from './patience.js';
import { type InvocationBody, Payload } from './payload.js';
import { WatchedExchange } from './watched-exchange.js';

const ACCEPT = INVOCATION_HEADERS.Accept.header;

/** What there is to know of an endpoint for whoever asks it. */
export interface Asked {
  readonly instances: Instances;
  /** The only variant that there is. */
  readonly variant: string;
  /** How long a payload may be, in bytes. */
  readonly mostBytes: number;
  /** Where the logs are, in words. */
  readonly logs: string;
  /** Throws if nobody is to be asked any more. */
  readonly checkStatus: (wasSent: boolean) => void;
}

/** How long an answer may take, by which option or member of a request, and how long it may be. */
export interface AnswerLimits {
  readonly name: string;
  /** In milliseconds. */
  readonly ms: number;
  /** In bytes. */
  readonly mostBytes: number;
}

/** An exchange with an instance, and how that was when it began. */
interface Sent {
  readonly exchange: WatchedExchange;
  readonly program: RunningProgram;
  /** How many invocations the instance had been given, with this one. */
  readonly begun: number;
  /** Whether it was busy with no other. */
  readonly wasAlone: boolean;
}

/** An invocation of an endpoint. */
export class Invocation {
  readonly #asked: Asked;
  readonly #limits: AnswerLimits;
  readonly #head: InvocationHead;
  readonly #payload: Payload;
  readonly #patience: Patience;
  readonly #accept: string | undefined;
  /** Whether there was a server to ask. */
  #isFound = false;

  /** @throws {@link PipeModeError} as `Endpoint.invoke` for what is no payload, or options that are none */
  constructor(asked: Asked, body: InvocationBody, options: InvocationOptions, limits: AnswerLimits) {
    this.#asked = asked;
    this.#limits = limits;
    this.#head = readInvocation(options, asked.variant);
    const { headers, contentLength, signal } = this.#head;
    this.#accept = headerOf(headers, ACCEPT);
    this.#payload = new Payload(body, { mostBytes: asked.mostBytes, contentLength });
    this.#patience = new Patience({ ms: limits.ms, late: () => this.#late(), signal });
  }

  /** @throws as `Endpoint.invoke` */
  async answer(): Promise<InvocationAnswer> {
    try {
      this.#head.signal?.throwIfAborted();
      const exchange = await this.#ask();
      if (isSuccess(exchange)) return this.#answerOf(exchange);
      throw await this.#modelError(exchange);
    } catch (error) {
      this.#patience.done();
      this.#payload.close();
      throw error;
    }
  }

  /** Asks an instance, and another one as long as nothing was sent. */
  async #ask(): Promise<WatchedExchange> {
    const { instances, checkStatus } = this.#asked;
    for (;;) {
      checkStatus(false);
      const instance = instances.pick(this.#head.sessionId);
      if (instance === undefined) {
        await this.#patience.waitFor(instances.nextChange);
        continue;
      }
      this.#isFound = true;
      this.#patience.throwIfOver();
      const sent = this.#send(instance);
      try {
        await sent.exchange.head;
        return sent.exchange;
      } catch (error) {
        await this.#checkUnsent(sent, error);
      }
    }
  }

  #send(instance: Instance): Sent {
    const { instances } = this.#asked;
    const { mostBytes } = this.#limits;
    const payload = this.#payload;
    const patience = this.#patience;
    const exchange = new WatchedExchange(instance, {
      instances,
      payload,
      patience,
      mostBytes,
      accept: this.#accept,
    });
    const { headers } = this.#head;
    const { length } = payload;
    instance.send({ method: 'POST', path: '/invocations', headers, body: payload.open(), length }, exchange);
    patience.waitsFor = exchange;
    return { exchange, program: instance.program!, begun: instance.begun, wasAlone: instance.busy === 1 };
  }

  /** Throws, unless its server has ended and nothing was sent to it. */
  async #checkUnsent({ exchange, program, begun, wasAlone }: Sent, error: unknown): Promise<void> {
    const { instance, wasSent } = exchange;
    this.#patience.throwIfOver();
    const { failure, length } = this.#payload;
    if (failure !== undefined) throw failure.error as Error;
    if (error instanceof PipeModeError && error.code === 'CONNECT_TIMED_OUT') throw error;
    const exit = await endOf(program);
    this.#asked.checkStatus(wasSent);
    if (exit !== undefined && !wasSent) return;
    if (exit !== undefined && length === 0 && wasAlone && begun === instance.begun)
      instance.seen.noteDeath('empty', `ended ${howEnded(exit)}`);
    if (exit === undefined) instance.seen.noteBroken();
    const what = exit === undefined ? brokenOff(error) : `ended ${howEnded(exit)}`;
    throw invocationFailed(instance.name, { what, wasSent, cause: error });
  }

  #late(): Error {
    const { name, ms } = this.#limits;
    return this.#isFound ? tooLate(name, ms, this.#asked.logs) : this.#nobody(name, ms);
  }

  /** No server was to be had in time: that is no fault of the model. */
  #nobody(option: string, ms: number): PipeModeError {
    const { list } = this.#asked.instances;
    const wanted = list.some(({ status }) => status === 'InService') ? 'free' : 'in service';
    const found = list.map(({ name, status, busy }) => `${name} is ${status}${busy > 0 ? ', and busy' : ''}`);
    const what = `was ${wanted} within ${ms} ms (\`${option}\`): ${found.join('; ')}`;
    return invocationFailed('no server', { what, wasSent: false, cause: undefined });
  }

  #answerOf({ instance, body, answer: head }: WatchedExchange): InvocationAnswer {
    const { variant, instances } = this.#asked;
    const answer = new InvocationAnswer(head!, body, { variant, instance: instance.name });
    instances.noteSession(instance, answer.newSessionId, answer.closedSessionId);
    return answer;
  }

  /** `MODEL_ERROR`, also when the time is over before the server has said all: how it begins says what it is. */
  async #modelError({ body, answer }: WatchedExchange): Promise<ModelError> {
    const { text, failure } = await readErrorText(body);
    const isAll = failure === undefined || failure.error instanceof ModelError;
    return badStatus(answer!.status, isAll ? text : undefined, this.#asked.logs);
  }
}

function isSuccess({ answer }: WatchedExchange): boolean {
  const { status } = answer!;
  return status >= 200 && status <= 299;
}
