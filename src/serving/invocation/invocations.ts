import { PipeModeError } from '../../errors.js';
import { INVOCATION_HEADERS } from '../../sagemaker/invocation.js';
import { endOf } from '../end-of.js';
import type { AnswerHead, Exchange } from '../http/exchange.js';
import type { Instance } from '../instance.js';
import type { Instances } from '../instances.js';
import { badStatus, ModelError, tooLate } from '../model-error.js';
import { brokenOff, howEnded, invocationFailed } from '../serving-errors.js';
import { InvocationAnswer, textOf } from './answer.js';
import { readErrorText } from './error-text.js';
import { headerOf, type InvocationOptions, readInvocation } from './options.js';
import { Patience } from './patience.js';
import { type InvocationBody, Payload } from './payload.js';

const ACCEPT = INVOCATION_HEADERS.Accept.header;

/** What there is to know of an endpoint for whoever asks it. */
export interface InvocationsParts {
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

/** An invocation, as it is asked. */
interface Asking {
  /** Names and values. */
  readonly headers: readonly string[];
  readonly payload: Payload;
  readonly sessionId: string | undefined;
  /** How long the answer may be, in bytes. */
  readonly mostBytes: number;
  readonly patience: Patience;
  /** Called when there is a server to ask. */
  readonly onFound: () => void;
}

/** One whose answer has begun. */
interface Asked {
  readonly instance: Instance;
  readonly exchange: Exchange;
  readonly head: AnswerHead;
}

/** Asks the instances of an endpoint. */
export class Invocations {
  readonly #parts: InvocationsParts;

  constructor(parts: InvocationsParts) {
    this.#parts = parts;
  }

  /** @throws as `Endpoint.invoke` */
  async invoke(
    body: InvocationBody,
    options: InvocationOptions,
    { name, ms, mostBytes }: AnswerLimits,
  ): Promise<InvocationAnswer> {
    const { variant, logs, mostBytes: mostPayload } = this.#parts;
    const { headers, sessionId, contentLength, signal } = readInvocation(options, variant);
    const payload = new Payload(body, { mostBytes: mostPayload, contentLength });
    let isFound = false;
    const late = () => (isFound ? tooLate(name, ms, logs) : this.#nobody(name, ms));
    const patience = new Patience({ ms, late, signal });
    const onFound = () => (isFound = true);
    try {
      signal?.throwIfAborted();
      const asked = await this.#ask({ headers, payload, sessionId, mostBytes, patience, onFound });
      asked.exchange.onOver(() => patience.done());
      if (isSuccess(asked.head)) return this.#answerOf(asked);
      throw await this.#modelError(asked);
    } catch (error) {
      patience.done();
      payload.close();
      throw error;
    }
  }

  /** Asks an instance, and another one as long as nothing was sent. */
  async #ask(asking: Asking): Promise<Asked> {
    const { instances, checkStatus } = this.#parts;
    const { sessionId, patience, onFound } = asking;
    for (;;) {
      checkStatus(false);
      const instance = instances.pick(sessionId);
      if (instance === undefined) {
        await patience.waitFor(instances.nextChange);
        continue;
      }
      onFound();
      const asked = await this.#askOne(instance, asking);
      if (asked !== undefined) return asked;
    }
  }

  /** `undefined` if it has ended, and nothing was sent to it. */
  async #askOne(
    instance: Instance,
    { headers, payload, mostBytes, patience }: Asking,
  ): Promise<Asked | undefined> {
    patience.throwIfOver();
    const program = instance.program!;
    const exchange = instance.send(
      { method: 'POST', path: '/invocations', headers, body: payload.open(), length: payload.length },
      { mostBytes, payloadFailure: () => payload.failure },
    );
    const isAlone = instance.busy === 1;
    const begun = instance.begun;
    patience.onOver = (reason) => exchange.abort(reason as Error);
    exchange.onOver(() => this.#parts.instances.freed());
    try {
      const head = await exchange.head;
      noteAnswer(instance, exchange, { head, payload, accept: headerOf(headers, ACCEPT) });
      return { instance, exchange, head };
    } catch (error) {
      patience.throwIfOver();
      if (payload.failure !== undefined) throw payload.failure.error as Error;
      if (error instanceof PipeModeError && error.code === 'CONNECT_TIMED_OUT') throw error;
      const exit = await endOf(program);
      const { wasSent } = exchange;
      this.#parts.checkStatus(wasSent);
      if (exit !== undefined && !wasSent) return undefined;
      if (exit !== undefined && payload.length === 0 && isAlone && begun === instance.begun)
        instance.seen.noteDeath('empty', `ended ${howEnded(exit)}`);
      if (exit === undefined) instance.seen.noteBroken();
      const what = exit === undefined ? brokenOff(error) : `ended ${howEnded(exit)}`;
      throw invocationFailed(instance.name, { what, wasSent, cause: error });
    }
  }

  /** No server was to be had in time: that is no fault of the model. */
  #nobody(option: string, ms: number): PipeModeError {
    const { list } = this.#parts.instances;
    const wanted = list.some(({ status }) => status === 'InService') ? 'free' : 'in service';
    const found = list.map(({ name, status, busy }) => `${name} is ${status}${busy > 0 ? ', and busy' : ''}`);
    const what = `was ${wanted} within ${ms} ms (\`${option}\`): ${found.join('; ')}`;
    return invocationFailed('no server', { what, wasSent: false, cause: undefined });
  }

  #answerOf({ instance, exchange, head }: Asked): InvocationAnswer {
    const { variant, instances } = this.#parts;
    const answer = new InvocationAnswer(head, exchange.body, { variant, instance: instance.name });
    instances.noteSession(instance, answer.newSessionId, answer.closedSessionId);
    return answer;
  }

  /** `MODEL_ERROR`, also when the time is over before the server has said all: how it begins says what it is. */
  async #modelError({ exchange, head: { status } }: Asked): Promise<ModelError> {
    const { text, failure } = await readErrorText(exchange.body);
    const isAll = failure === undefined || failure.error instanceof ModelError;
    return badStatus(status, isAll ? text : undefined, this.#parts.logs);
  }
}

/** Has the instance note an answer when it is over, complete or not. */
function noteAnswer(
  { seen }: Instance,
  exchange: Exchange,
  { head, payload, accept }: { head: AnswerHead; payload: Payload; accept: string | undefined },
): void {
  exchange.onOver(() => {
    const sent = exchange.isComplete ? payload.sentSoFar : undefined;
    seen.noteAnswer({
      status: head.status,
      accept,
      contentType: textOf(head.headers['content-type']),
      short: exchange.shortAnswer,
      early: sent === undefined ? undefined : { sent, length: payload.length },
    });
  });
}

function isSuccess({ status }: AnswerHead): boolean {
  return status >= 200 && status <= 299;
}
