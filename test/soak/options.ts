import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly jobs: number;
  /** Runs this one scenario, and says what it consists of. */
  readonly scenario: number | undefined;
  /** How often it is run. */
  readonly times: number;
  /** Whether it finds the library's threads there. */
  readonly isWarm: boolean;
  /** Runs only scenarios of these kinds: those that have a kind that begins with each of them. */
  readonly only: readonly string[];
  /** Rules whose violations are not counted. */
  readonly except: readonly string[];
  /** Whether to say which combinations occurred. */
  readonly coverage: boolean;
  /** Ends the run at so many failures. */
  readonly failures: number;
}

const USAGE = `npm run soak -- [options]

  --minutes N, --seconds N   how long (default: one minute)
  --seed S                   what everything derives from (default: a new one, which is printed)
  --jobs N                   how many processes run scenarios at once (default: two per core)
  --only KIND[,KIND]         only scenarios of these kinds, such as source:s3, fault, worker, stop:abort
  --except RULE[,RULE]       passes over violations of these rules, such as name-removed
  --scenario SEED            one scenario, as a failure names it
  --times N                  that scenario so often (default: 1)
  --warm                     that scenario with the library's threads running already
  --coverage                 says which combinations of every two kinds occurred, and which did not
  --failures N               ends at so many failures (default: 50)`;

export function parseOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string' },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      jobs: { type: 'string', default: String(2 * availableParallelism()) },
      only: { type: 'string', default: '' },
      except: { type: 'string', default: '' },
      scenario: { type: 'string' },
      times: { type: 'string', default: '1' },
      failures: { type: 'string', default: '50' },
      coverage: { type: 'boolean', default: false },
      warm: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  return {
    seconds: Number(values.seconds ?? Number(values.minutes ?? 1) * 60),
    seed: Number(values.seed ?? Date.now() % 1_000_000_000),
    jobs: Number(values.jobs),
    scenario: values.scenario === undefined ? undefined : Number(values.scenario),
    times: Number(values.times),
    isWarm: values.warm,
    only: values.only.split(',').filter(Boolean),
    except: values.except.split(',').filter(Boolean),
    coverage: values.coverage,
    failures: Number(values.failures),
  };
}
