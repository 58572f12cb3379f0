import { DEFAULT_LIMITS } from '../archive/unpack/limits.js';
import { checkInteger } from '../options/checks.js';
import { check } from '../options/expected.js';
import { type Names, readOptions } from '../options/read-options.js';
import { MOST_PAYLOAD_BYTES } from '../sagemaker/invocation.js';

/** What the service grants a server, and its caller. The defaults are AWS's documented numbers. */
export interface EndpointLimits {
  /**
   * How long a server may take to accept a connection, in milliseconds, or `Infinity`. Default 250 (Developer Guide, Custom
   * Inference Code with Hosting Services).
   */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a server may take to answer a `/ping`, in milliseconds, or `Infinity`. Default 2,000 (ibid.). */
  readonly pingTimeoutMs?: number | undefined;
  /**
   * How long an invocation may take, from its beginning to the end of its answer, in milliseconds, or `Infinity`. Default
   * 60,000 (ibid.).
   */
  readonly invocationTimeoutMs?: number | undefined;
  /** The same of `invokeStream()`. Default 480,000 (Amazon SageMaker AI endpoints and quotas: 8 minutes). */
  readonly streamTimeoutMs?: number | undefined;
  /** How long a payload or an answer may be, in bytes from 1 up. Default 6,291,456 (AWS's model of the API, `BodyBlob`). */
  readonly maxPayloadBytes?: number | undefined;
  /** How much the files of a model's archive may have together, in bytes from 1 up. Default 68,719,476,736 (64 GiB): our choice. */
  readonly maxModelBytes?: number | undefined;
  /** How many files, directories and links a model's archive may have, from 1 up. Default 1,000,000: our choice. */
  readonly maxModelEntries?: number | undefined;
}

/** Limits, checked, with their defaults. */
export type ResolvedLimits = { readonly [Name in keyof EndpointLimits]-?: number };

const LIMITS: Names<EndpointLimits> = {
  connectTimeoutMs: true,
  pingTimeoutMs: true,
  invocationTimeoutMs: true,
  streamTimeoutMs: true,
  maxPayloadBytes: true,
  maxModelBytes: true,
  maxModelEntries: true,
};

/** @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION` */
export function readLimits(given: EndpointLimits): ResolvedLimits {
  const {
    maxPayloadBytes = MOST_PAYLOAD_BYTES,
    maxModelBytes = DEFAULT_LIMITS.maxBytes,
    maxModelEntries = DEFAULT_LIMITS.maxEntries,
    ...times
  } = readOptions(given, LIMITS, 'limits');
  for (const [name, ms] of Object.entries(times)) {
    const isTime = (value: unknown) => typeof value === 'number' && value > 0;
    check(`limits.${name}`, 'a number of milliseconds above 0, or Infinity', ms, isTime);
  }
  checkInteger('limits.maxPayloadBytes', 'a number of bytes from 1 up', maxPayloadBytes, 1);
  checkInteger('limits.maxModelBytes', 'a number of bytes from 1 up', maxModelBytes, 1);
  checkInteger('limits.maxModelEntries', 'a number from 1 up', maxModelEntries, 1);
  return {
    connectTimeoutMs: 250,
    pingTimeoutMs: 2000,
    invocationTimeoutMs: 60_000,
    streamTimeoutMs: 480_000,
    ...(times as Partial<ResolvedLimits>),
    maxPayloadBytes,
    maxModelBytes,
    maxModelEntries,
  };
}
