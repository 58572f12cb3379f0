import { requireLater } from '../../require-later.js';

type Undici = typeof import('undici');

let undici: Undici | undefined;

/** The HTTP client, loaded when an endpoint is asked for the first time. */
export function loadUndici(): Undici {
  undici ??= requireLater('undici') as Undici;
  return undici;
}
