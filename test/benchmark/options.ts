import { parseArgs } from 'node:util';

export interface BenchmarkOptions {
  /** Small data and few rounds: whether everything runs, not how fast. */
  readonly quick: boolean;
  /** JSON instead of tables. */
  readonly json: boolean;
  readonly rounds: number;
  /** Which cases run: those whose names contain this, in any case. */
  readonly only: string;
}

export const USAGE = `Usage: npm run bench -- [--quick] [--json] [--rounds N] [--only PATTERN]

  --quick         small data, 1 round: whether everything runs, not how fast
  --json          the results as JSON on stdout
  --rounds N      how often every peer has its turn (default 5)
  --only PATTERN  the cases whose names contain PATTERN, in upper or lower case
`;

/** @throws an `Error` that says what is wrong with the arguments. */
export function parseOptions(args: string[]): BenchmarkOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { quick, json, only } = values;
  const rounds = Number(values.rounds ?? (quick ? 1 : 5));
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new Error(`Expected --rounds to be an integer from 1 up, got "${values.rounds}".`);
  return { quick, json, only, rounds };
}
