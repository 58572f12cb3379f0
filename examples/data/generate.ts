// Made the data of the examples, and makes the same again: `node --import tsx examples/data/generate.ts`.
//
// Each line is one observation, `y,x1,x2,x3,x4`, with y = 4 + 2.5 x1 - 1.75 x2 + 0.5 x3 - 3 x4 + noise, where
// everything random comes from a generator with a fixed seed.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Truth {
  readonly intercept: number;
  readonly weights: readonly number[];
}

const SEED = 20_251_120;
const NOISE = 0.1;
const CHANNELS = { train: { files: 16, lines: 300 }, validation: { files: 4, lines: 250 } };

const here = fileURLToPath(new URL('.', import.meta.url));
const truth = JSON.parse(readFileSync(`${here}coefficients.json`, 'utf8')) as Truth;
const random = mulberry32(SEED);

for (const [channel, { files, lines }] of Object.entries(CHANNELS)) {
  mkdirSync(`${here}${channel}`, { recursive: true });
  for (let file = 0; file < files; file++) {
    const name = `part-${String(file).padStart(2, '0')}.csv`;
    writeFileSync(`${here}${channel}/${name}`, Array.from({ length: lines }, observation).join(''));
  }
}

function observation(): string {
  const xs = truth.weights.map(() => Number(normal().toFixed(4)));
  const y = truth.weights.reduce((sum, weight, i) => sum + weight * (xs[i] ?? 0), truth.intercept);
  return `${[y + NOISE * normal(), ...xs].map((value) => value.toFixed(4)).join(',')}\n`;
}

/** Box and Muller's transform. */
function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A small generator of numbers from 0 up to 1, the same everywhere for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
