import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { UsageError } from './usage-error.js';

/** What stands for the standard input. */
const STDIN = '-';

/**
 * Reads a document in JSON or YAML. A name that ends in `.json` is JSON, everything else YAML, also what comes by the
 * standard input, `-`.
 *
 * @throws UsageError
 */
export async function readDocument(file: string): Promise<unknown> {
  return await parse(file, read(file));
}

/** What a document is called in messages. */
export function nameOfDocument(file: string): string {
  return file === STDIN ? 'The document on the standard input' : resolve(file);
}

/** What paths in a document are relative to: its directory. The working directory, where there is none. */
export function directoryOf(file: string | undefined): string {
  return file === undefined || file === STDIN ? process.cwd() : dirname(resolve(file));
}

/** `undefined` if it is not there, or what should have it is no structure. */
export function fieldOf(structure: unknown, field: string): unknown {
  if (typeof structure !== 'object' || structure === null) return undefined;
  return (structure as Record<string, unknown>)[field] ?? undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file === STDIN ? 0 : file, 'utf8');
  } catch (error) {
    const message = `${nameOfDocument(file)} cannot be read: ${(error as Error).message}`;
    throw new UsageError(message, { cause: error });
  }
}

/** YAML is what JSON is and more; but a document that is called JSON should be it. */
async function parse(file: string, text: string): Promise<unknown> {
  const isJson = file.endsWith('.json');
  try {
    if (isJson) return JSON.parse(text.replace(/^\uFEFF/, ''));
    const { parse } = await import('yaml');
    return parse(text);
  } catch (error) {
    const language = isJson ? 'JSON' : 'YAML';
    const [reason] = (error as Error).message.split('\n');
    throw new UsageError(`${nameOfDocument(file)} is not correct ${language}: ${reason}`, { cause: error });
  }
}
