import type { LookAt } from '../../findings/look.js';
import type { ProcessInfo, ProgramExit, Listener } from '../../runner/runner.js';
import type { LastPing } from '../health.js';

/** What was seen of an instance so far. */
export interface InstanceEvidence {
  readonly instance: string;
  /** How long it may take to answer a ping, in milliseconds. */
  readonly pingTimeoutMs: number;
  /** Its model on this machine, if it is here. */
  readonly modelDirectory: string | undefined;
  /** When it was started for the first time, in milliseconds since 1970; `undefined` if it was not. */
  readonly startedAtMs: number | undefined;
  /** What it listened to when it was looked at. */
  readonly listeners: readonly Listener[];
  /** There if it was not ready in time. */
  readonly lateStart: LateStart | undefined;
  /** A ping that took long, or too long. */
  readonly slowPing: SlowPing | undefined;
  /** How many invocations were answered, and how many of them with 404 or 405. */
  readonly answers: { readonly all: number; readonly notFound: number };
  /** The first invocation after a ping that said 200, if the server could not serve it. */
  readonly earlyFailure: EarlyFailure | undefined;
  /** An answer that was complete before its payload. */
  readonly earlyAnswer: EarlyAnswer | undefined;
  /** An answer of another kind than was asked for. */
  readonly otherType: OtherType | undefined;
  /** What an answer with a status of success says of an error. */
  readonly hiddenError: string | undefined;
  /** How it has ended with a payload, by the kind of that: a clause. */
  readonly deadlyBodies: Readonly<Partial<Record<BodyKind, string>>>;
  /** That it did one after the other: a clause. */
  readonly queue: { readonly workers: number; readonly seen: string } | undefined;
  /** How it was stopped, if it was. */
  readonly stop: Stop | undefined;
}

/** A server that was not ready in time. */
export interface LateStart {
  /** How long it had, in milliseconds. */
  readonly ms: number;
  readonly lastPing: LastPing;
}

/** A ping that took long. */
export interface SlowPing {
  /** In milliseconds. */
  readonly ms: number;
  /** Whether nobody waited for it any longer. */
  readonly isTimeout: boolean;
}

/** An invocation that came when `/ping` had said 200, and too early. */
export interface EarlyFailure {
  /** How long after that ping, in milliseconds. */
  readonly afterMs: number;
  /** What came of it: a clause. */
  readonly what: string;
}

/** An answer that did not wait for its question. */
export interface EarlyAnswer {
  /** How much had been sent, in bytes. */
  readonly sent: number;
  /** Of how much, if that is known. */
  readonly length: number | undefined;
}

/** An answer of another kind. */
export interface OtherType {
  readonly accept: string;
  readonly contentType: string;
}

/** A payload that a server may not be made for. */
export type BodyKind = 'empty' | 'large';

/** How a server was stopped. */
export interface Stop {
  readonly exit: ProgramExit;
  readonly ignoredSigtermMs: number | undefined;
  readonly stopped: readonly ProcessInfo[];
}

/** Looks for one kind of thing at an instance. */
export type Look = LookAt<InstanceEvidence>;
