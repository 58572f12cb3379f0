import { inspect } from 'node:util';

import { PipeModeError, type PipeModeErrorCode } from 'sagemaker-pipe-mode';

import { printable, printableLine } from '../printable.js';
import { UsageError } from './usage-error.js';

/** What is found wrong with options before anything is looked at or touched: the user has to type it again. */
const USAGE: readonly PipeModeErrorCode[] = [
  'CHANNEL_NAME_CLASH',
  'INVALID_CHANNEL',
  'INVALID_CHANNEL_NAME',
  'INVALID_EPOCHS',
  'INVALID_OPTION',
  'PIPE_MODE_ONLY',
  'INVALID_REQUEST',
  'UNKNOWN_OPTION',
  'S3_INVALID_URI',
];

/** Whether an error is about what stands on the command line, or in a document that it names. */
export function isUsageError(error: unknown): boolean {
  return error instanceof UsageError || (error instanceof PipeModeError && USAGE.includes(error.code));
}

/** An error as the command shows it: what the library says, and the code to look it up by. */
export function failureText(error: unknown, { debug = false } = {}): string {
  if (error instanceof UsageError) return `sagemaker-pipe: ${printableLine(error.message)}`;
  if (!(error instanceof PipeModeError)) return `sagemaker-pipe: ${printable(inspect(error))}`;
  const show = isStory(error) ? printable : printableLine;
  const text = `sagemaker-pipe: ${show(messageOf(error))} (${error.code})`;
  return debug ? `${text}\n${detailsOf(error)}` : text;
}

const STORIES = ['TrainingJobError', 'EndpointError', 'TransformJobError'];

/** Whether the message has several lines of our own; what it quotes has none. */
function isStory({ name, code }: PipeModeError): boolean {
  return STORIES.includes(name) || code === 'INVALID_REQUEST';
}

/** What messages call options, and the command calls something else. */
const TYPED: readonly (readonly [RegExp, string])[] = [
  [/`s3: \{ endpoint \}`/g, '--endpoint-url'],
  [/`s3: \{ profile \}`/g, '--profile'],
  [/`s3: \{ region \}`/g, '--region'],
  [/`epochs: (\d+)`/g, '--epochs $1'],
  [/`(gunzip|recordio|epochs)`/g, '--$1'],
  [/`name`/g, 'CHANNEL_NAME'],
  [/`port`/g, '--port'],
  [/`host`/g, '--host'],
  [/`isolation: '(namespace|none)'`/g, '--isolation $1'],
];

/** What the library says, with options by the names that they have here, and time limits in seconds. */
export function messageOf({ message }: PipeModeError): string {
  const limit = /\((open|stall)TimeoutMs: (\d+)\)/;
  const inSeconds = (_: string, what: string, ms: string) => `(--${what}-timeout ${Number(ms) / 1000})`;
  return TYPED.reduce((text, [name, typed]) => text.replace(name, typed), message.replace(limit, inSeconds));
}

/** With the stack and the causes, whose lines are ours, and the message, whose lines may be those of a key. */
function detailsOf(error: PipeModeError): string {
  return printable(inspect(error).replaceAll(error.message, printableLine(error.message)));
}
