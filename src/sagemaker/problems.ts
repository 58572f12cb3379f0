import type { RequestProblem } from '../errors.js';
import { describe } from '../options/expected.js';
import { urlText } from '../options/location.js';
import { isPropertyObject } from '../options/read-options.js';
import { printableLine } from '../printable.js';

/** What is kept. A list of a million wrong elements is no reason to keep a million sentences. */
const MOST_KEPT = 100;
/** What a message lists. */
const MOST_LISTED = 20;

/** The problems of one request, as they are found. */
export class Problems {
  readonly #kept: RequestProblem[] = [];
  #total = 0;

  /** Takes what makes the problem, because those beyond the limit are only counted. */
  add(make: () => RequestProblem): void {
    this.#total++;
    if (this.#kept.length < MOST_KEPT) this.#kept.push(make());
  }

  /** All of them, or the first hundred. */
  get list(): readonly RequestProblem[] {
    return this.#kept;
  }

  /** How many there are. */
  get total(): number {
    return this.#total;
  }

  /** Whether this value has a problem already. */
  has(path: string): boolean {
    return this.#kept.some((problem) => problem.path === path);
  }

  /** Each on its own line. */
  describe(): string {
    const lines = this.#kept.slice(0, MOST_LISTED).map(({ message }) => `- ${message}`);
    const rest = this.#total - lines.length;
    return [...lines, ...(rest > 0 ? [`- and ${rest} more`] : [])].join('\n');
  }
}

/** Something that has to be there. `advice` says what to do, where that is not plain. */
export function missing(path: string, advice = ''): RequestProblem {
  return {
    path,
    rule: 'required',
    message: `${path || 'It'} is required, and is not there.${advice && ` ${advice}`}`,
  };
}

/** A value that is not what it has to be: `1 to 64 characters`. */
export function unexpected(path: string, value: unknown, rule: string, advice = ''): RequestProblem {
  const shown = show(value);
  const message = `${path || 'It'} is ${shown}: expected ${rule}.${advice && ` ${advice}`}`;
  return { path, value: shown, rule, message };
}

/** A value that cannot stand there, for a reason that is a sentence. */
export function refused(path: string, value: unknown, reason: string): RequestProblem {
  const shown = show(value);
  return { path, value: shown, rule: reason, message: `${path || 'It'} is ${shown}: ${reason}` };
}

/** What threw when it was looked at. */
export function unreadable(path: string, error: unknown): RequestProblem {
  return { path, rule: 'readable', message: `${path || 'It'} cannot be read: it threw ${show(error)}.` };
}

/** The path of a structure's member. */
export function memberPath(path: string, member: string): string {
  return path === '' ? member : `${path}.${member}`;
}

/** The path of a map's entry: its key is the caller's, and may be anything. */
export function entryPath(path: string, key: string): string {
  return `${path}[${printableLine(JSON.stringify(shorten(key)))}]`;
}

const LONGEST_KEY = 80;

/** A name of the caller's, short enough for a message. */
export function shorten(name: string): string {
  return name.length > LONGEST_KEY ? `${name.slice(0, LONGEST_KEY)}…` : name;
}

/** Of a list or an object of properties no more than that it is one: it may hold a million, or code that throws. */
function show(value: unknown): string {
  const shown = url(value) ?? shape(value) ?? printableLine(describe(value));
  return shown.length <= LONGEST_VALUE ? shown : `${shown.slice(0, LONGEST_VALUE)}…\` (${typeof value})`;
}

const LONGEST_VALUE = 120;

function url(value: unknown): string | undefined {
  const text = urlText(value);
  return text === undefined ? undefined : printableLine(`\`'${text}'\` (URL)`);
}

function shape(value: unknown): string | undefined {
  try {
    if (Array.isArray(value)) return value.length === 0 ? '`[]` (object)' : '`[…]` (object)';
    return isPropertyObject(value) ? '`{…}` (object)' : undefined;
  } catch {
    return undefined;
  }
}
