import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

import type { Dispatcher } from 'undici';

import { printableLine } from '../printable.js';
import { INVOCATION_HEADERS } from '../sagemaker/invocation.js';
import { outputs } from './outputs.js';
import type { InvokeFlags } from './serving-options.js';
import { UsageError } from './usage-error.js';
import { tell } from './tell.js';

/** What stands for the standard input. */
const STDIN = '-';

/** Where `serve` listens by default. */
const PORT = 8080;

const FAILED = 1;

/** As much of an answer that is no error of the API's as a message can take. */
const LONGEST = 2048;

type Answer = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>;

interface Payload {
  readonly length: number;
  readonly body: Uint8Array | Readable;
}

/**
 * Asks an endpoint that listens somewhere, and writes the answer's body to stdout as it comes. Resolves with the exit status.
 */
export async function invoke(file: string, flags: InvokeFlags): Promise<number> {
  const url = urlOf(flags);
  const payload = await readPayload(file);
  let answer: Answer;
  try {
    answer = await ask(url, headersOf(flags), payload);
  } catch (error) {
    return fail(notAnswered(url, error));
  }
  const { statusCode, headers, body } = answer;
  if (flags.include) process.stdout.write(headOf(answer));
  if (statusCode < 200 || statusCode > 299) return fail(errorOf(url, statusCode, await text(body)));
  try {
    await pipeline(body, process.stdout, { end: false });
    return 0;
  } catch (error) {
    if (!outputs.stdout.isRead) return 0; // its reader has seen enough
    const length = headers['content-length'];
    const expected = length === undefined ? '' : ` It should have ${String(length)} bytes.`;
    return fail(`The answer of ${url} has broken off (${(error as Error).message}).${expected}`);
  }
}

async function ask(url: string, headers: Record<string, string>, { length, body }: Payload): Promise<Answer> {
  const { request } = await import('undici');
  return await request(url, {
    method: 'POST',
    headers: { ...headers, 'content-length': String(length) },
    body,
    headersTimeout: 0, // the endpoint has the limits
    bodyTimeout: 0,
  });
}

/** The place of `/invocations`, unless the URL has one of its own. */
function urlOf({ url, port = PORT }: InvokeFlags): string {
  const place = new URL(url ?? `http://127.0.0.1:${port}`);
  if (place.pathname === '/') place.pathname = '/invocations';
  return place.href;
}

/** Those of the options that are headers. */
function headersOf(flags: InvokeFlags): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [member, { header }] of Object.entries(INVOCATION_HEADERS)) {
    const value = (flags as Readonly<Record<string, unknown>>)[
      `${member[0]!.toLowerCase()}${member.slice(1)}`
    ];
    if (typeof value === 'string') headers[header] = value;
  }
  return headers;
}

/**
 * A file as it is read; of anything else all of it, for its length: it goes with every invocation in the cloud, and not every
 * server does without.
 *
 * @throws UsageError
 */
async function readPayload(file: string): Promise<Payload> {
  try {
    const size = file === STDIN ? 0 : await sizeOf(file);
    if (size > 0) return { length: size, body: createReadStream(file, { end: size - 1 }) };
    const body = await buffer(file === STDIN ? process.stdin : createReadStream(file));
    return { length: body.length, body };
  } catch (error) {
    const name = file === STDIN ? 'The payload on the standard input' : `"${file}"`;
    throw new UsageError(`${name} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** 0 of what does not say it: pipes, and files that the system makes up. */
async function sizeOf(file: string): Promise<number> {
  const stats = await stat(file);
  return stats.isFile() ? stats.size : 0;
}

function headOf({ statusCode, headers }: Answer): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => `${name}: ${each}`),
  );
  return [`HTTP/1.1 ${statusCode}`, ...lines, '', ''].join('\n');
}

/** What the runtime API says in JSON, or whatever else came. */
function errorOf(url: string, status: number, answer: string): string {
  const { Code: code, Message: message } = membersOf(answer);
  if (typeof message !== 'string') return `${url} has answered ${status}: ${answer.slice(0, LONGEST)}`;
  return `${message} (${typeof code === 'string' ? `${code}, ` : ''}${status})`;
}

function membersOf(answer: string): Partial<Record<string, unknown>> {
  try {
    return (JSON.parse(answer) ?? {}) as Partial<Record<string, unknown>>;
  } catch {
    return {};
  }
}

/** @throws UsageError for what cannot be sent at all */
function notAnswered(url: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'UND_ERR_INVALID_ARG')
    throw new UsageError(`This cannot be sent: ${message}.`, { cause: error });
  if (code !== 'ECONNREFUSED') return `${url} has not answered: ${message}`;
  return `Nobody listens at ${url}. Run "sagemaker-pipe serve JOB_FILE", or say where it listens with --port or --url.`;
}

function fail(message: string): number {
  tell(printableLine(`sagemaker-pipe: ${message}`));
  return FAILED;
}
