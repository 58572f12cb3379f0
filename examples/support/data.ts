import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Coefficients } from '../linear-regression/model.js';

/** The directory whose subdirectories, `train` and `validation`, are the channels. */
export const dataDirectory = fileURLToPath(new URL('../data', import.meta.url));

/** What the data was made with. */
const truth = JSON.parse(readFileSync(`${dataDirectory}/coefficients.json`, 'utf8')) as Coefficients;

const TOLERANCE = 0.05;

/** Prints what was learned beside what is true. A coefficient that is not within ±0.05 makes the exit code 1. */
export function reportVerdict(learned: Coefficients): void {
  const names = ['intercept', ...truth.weights.map((_, i) => `x${i + 1}`)];
  const expected = [truth.intercept, ...truth.weights];
  const found = [learned.intercept, ...learned.weights];
  console.log('\ncoefficient      true   learned');
  names.forEach((name, i) => {
    console.log(`${name.padEnd(12)}${format(expected[i])}${format(found[i])}`);
  });
  const recovered =
    found.length === expected.length &&
    expected.every((value, i) => Math.abs((found[i] ?? NaN) - value) <= TOLERANCE);
  console.log(
    recovered
      ? `\nAll coefficients were recovered within ±${TOLERANCE}.`
      : `\nFAILED: not all coefficients were recovered within ±${TOLERANCE}.`,
  );
  if (!recovered) process.exitCode = 1;
}

function format(value = NaN): string {
  return value.toFixed(3).padStart(10);
}
