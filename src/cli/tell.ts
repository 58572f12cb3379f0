import { wrapFor } from './word-wrap.js';

/** Tells people something, on the standard error. */
export function tell(text: string): void {
  process.stderr.write(`${wrapFor(process.stderr, text)}\n`);
}
