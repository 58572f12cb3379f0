import { DOCUMENTATION } from './documentation.js';
import type { Look } from './evidence.js';

/** Nobody counts it as an error: no alarm, no retry, and a batch transform writes it among the predictions. */
export const errorWithStatus200: Look = function* ({ instance, hiddenError }) {
  if (hiddenError === undefined) return;
  yield {
    id: 'error-with-status-200',
    seen: `On ${instance} an invocation was answered with a status of success and an error: ${hiddenError}`,
    rule: 'Only another status than 2xx is a ModelError for the caller, and counts as one. Answer errors with 4xx or 5xx.',
    documentation: DOCUMENTATION.invocation,
  };
};

/** How an error begins: as an object, or as `Traceback`. */
const BEGINNINGS = [...Buffer.from('{T')];

/** How much of an error to show, in characters. */
const MOST_SHOWN = 200;

const MAY_BE = /error|exception|traceback/i;
const ERROR = /^(?:errors?|error_?message|exception|traceback|stack_?trace)$/i;
/** What stands beside an error, and is no prediction. */
const BESIDE =
  /^(?:messages?|msg|status|status_?code|code|type|details?|success|ok|request_?id|timestamp|path)$/i;

/**
 * What an answer says of an error; `undefined` if it is an answer. A member that is a number may be the error of an
 * estimate, and one beside others belongs to a prediction: only what can be nothing else counts.
 *
 * @param answer - all of it: a short one
 */
export function errorIn(answer: Buffer): string | undefined {
  if (!BEGINNINGS.includes(answer[0] ?? 0)) return undefined; // most that are none need not be read
  const text = answer.toString();
  if (!MAY_BE.test(text)) return undefined;
  const isError = text.startsWith('Traceback (most recent call last):') || isErrorObject(parse(text));
  if (!isError) return undefined;
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

function isErrorObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const members = Object.entries(value).filter(([, member]) => !isNothing(member));
  return (
    members.some(([name, member]) => ERROR.test(name) && isDescription(member)) &&
    members.every(([name]) => ERROR.test(name) || BESIDE.test(name))
  );
}

function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === null || value === '' || value === false;
}

/** Text, or something with a text that says what it is. */
function isDescription(value: unknown): boolean {
  if (typeof value === 'string') return true;
  if (Array.isArray(value)) return value.every(isDescription);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => BESIDE.test(name) && typeof member === 'string');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
