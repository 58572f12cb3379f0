import type { Listener } from '../runner/runner.js';
import { isOtherType } from './findings/accept-ignored.js';
import { errorIn } from './findings/error-with-status-200.js';
import type {
  BodyKind,
  EarlyAnswer,
  EarlyFailure,
  InstanceEvidence,
  LateStart,
  OtherType,
  SlowPing,
  Stop,
} from './findings/evidence.js';
import { saysNotThere } from './findings/no-invocations.js';
import { isEarly, saysNotReady } from './findings/ping-before-ready.js';
import { isNearLimit } from './findings/ping-slow.js';
import { sigterm } from './findings/sigterm.js';
import type { LastPing } from './health.js';

/** How many pings in a row have to be slow: one may be the machine's fault. */
const SLOW_IN_A_ROW = 2;

/** An invocation that was answered. */
export interface AnswerSeen {
  readonly status: number;
  readonly accept: string | undefined;
  readonly contentType: string | undefined;
  /** All of the answer, if it is a short one. */
  readonly short: Buffer | undefined;
  /** There if the answer was complete before the payload. */
  readonly early: EarlyAnswer | undefined;
}

/** What there is to know of an instance from the beginning. */
type Known = Pick<InstanceEvidence, 'instance' | 'pingTimeoutMs' | 'modelDirectory'>;

/** Notes what is seen of an instance: of each thing the first time, and no more than it takes to tell. */
export class Observations implements InstanceEvidence {
  readonly instance: string;
  readonly pingTimeoutMs: number;
  readonly modelDirectory: string | undefined;
  listeners: readonly Listener[] = [];
  lateStart: LateStart | undefined;
  otherType: OtherType | undefined;
  queue: InstanceEvidence['queue'];
  #stop: Stop | undefined;
  #startedAtMs: number | undefined;
  #healthyAt = 0;
  #slowPing: SlowPing | undefined;
  #nearPings = 0;
  #answered = 0;
  #notFound = 0;
  /** Whether an invocation was served since: then it can. */
  #hasServed = false;
  #earlyFailure: EarlyFailure | undefined;
  #brokenEarly: EarlyFailure | undefined;
  #earlyAnswer: EarlyAnswer | undefined;
  #hiddenError: string | undefined;
  readonly #deadlyBodies: Partial<Record<BodyKind, string>> = {};

  constructor({ instance, pingTimeoutMs, modelDirectory }: Known) {
    this.instance = instance;
    this.pingTimeoutMs = pingTimeoutMs;
    this.modelDirectory = modelDirectory;
  }

  get startedAtMs(): number | undefined {
    return this.#startedAtMs;
  }

  get slowPing(): SlowPing | undefined {
    return this.#slowPing;
  }

  get answers(): InstanceEvidence['answers'] {
    return { all: this.#answered, notFound: this.#notFound };
  }

  get earlyFailure(): EarlyFailure | undefined {
    return this.#earlyFailure;
  }

  get earlyAnswer(): EarlyAnswer | undefined {
    return this.#earlyAnswer;
  }

  get hiddenError(): string | undefined {
    return this.#hiddenError;
  }

  get stop(): Stop | undefined {
    return this.#stop;
  }

  get deadlyBodies(): InstanceEvidence['deadlyBodies'] {
    return this.#deadlyBodies;
  }

  /** Its program is about to be started. */
  noteStart(): void {
    this.#startedAtMs ??= Date.now() + 1; // rounded up: times of files have fractions of a millisecond
  }

  /** `/ping` has answered 200 for the first time since. */
  noteHealthy(): void {
    this.#healthyAt = performance.now();
    this.#hasServed = false;
    this.#brokenEarly = undefined;
  }

  /** @param isInService - whether it was ready before: a server that starts may take its time */
  notePing({ isHealthy, kind, ms }: LastPing, isInService: boolean): void {
    if (kind === 'late' && isInService) this.#slowPing = { ms, isTimeout: true };
    if (!isHealthy) return;
    const isNear = isNearLimit(ms, this.pingTimeoutMs);
    this.#nearPings = isNear ? this.#nearPings + 1 : 0;
    if (this.#nearPings >= SLOW_IN_A_ROW) this.#slowPing ??= { ms, isTimeout: false };
  }

  noteAnswer({ status, accept, contentType, short, early }: AnswerSeen): void {
    const afterMs = performance.now() - this.#healthyAt;
    this.#answered++;
    if (status >= 200 && status <= 299) {
      this.#hasServed = true;
      if (isEarly(afterMs)) this.#earlyFailure ??= this.#brokenEarly;
      if (early !== undefined) this.noteEarlyAnswer(early);
      if (accept !== undefined && contentType !== undefined && isOtherType(accept, contentType))
        this.otherType ??= { accept, contentType };
      this.noteShort(short);
      return;
    }
    if (saysNotThere(status)) this.#notFound++;
    if (!this.#hasServed && saysNotReady(status) && isEarly(afterMs))
      this.#earlyFailure ??= { afterMs, what: `was answered with ${status}` };
    else this.#hasServed = true;
  }

  /** An invocation whose connection has failed. Whether the server was not ready, a later one that is served tells. */
  noteBroken(): void {
    const afterMs = performance.now() - this.#healthyAt;
    if (this.#hasServed || !isEarly(afterMs)) return;
    this.#brokenEarly ??= { afterMs, what: 'found no server, or one that broke the connection off' };
  }

  /** All of an answer of success, if it is a short one. */
  noteShort(answer: Buffer | undefined): void {
    if (answer !== undefined) this.#hiddenError ??= errorIn(answer);
  }

  noteEarlyAnswer(early: EarlyAnswer): void {
    this.#earlyAnswer ??= early;
  }

  /** How one of its programs was stopped. The first that is a finding stays: of others the last counts. */
  noteStop(stop: Stop): void {
    if ([...sigterm(this)].length === 0) this.#stop = stop;
  }

  /** @param how - as in `ended with exit code 1` */
  noteDeath(body: BodyKind, how: string): void {
    this.#deadlyBodies[body] ??= how;
  }
}
