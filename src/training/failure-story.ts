import { printableLine } from '../printable.js';
import type { ProgramExit } from '../runner/runner.js';
import type { FailureFile } from './failure-file.js';
import type { Finding } from './findings/finding.js';

/** How many lines each part may have: all of it has to fit on a screen. */
const MOST = { failure: 6, lines: 10, channels: 5, waits: 5, findings: 4 } as const;

/** The longest line of it, in UTF-16 units. */
const LONGEST = 300;

/** What is known of a job that has failed. */
export interface FailedJob {
  readonly name: string;
  /** How it has ended, to follow the job's name: `has failed: …`. */
  readonly what: string;
  readonly exit: ProgramExit | undefined;
  readonly failure: FailureFile | undefined;
  readonly host: string;
  readonly lastLines: readonly string[];
  readonly channels: readonly string[];
  /** What its processes were waiting for, if that was looked at. */
  readonly waits: readonly string[];
  readonly findings: readonly Finding[];
  /** The file with the whole log, if it stays. */
  readonly logFile: string | undefined;
}

/** All of it, on one screen. */
export function tellFailure(job: FailedJob): string {
  const log = job.logFile === undefined ? '' : ` (all of it: ${job.logFile})`;
  return [
    `Training job "${job.name}" ${job.what}`,
    ...part('output/failure says:', job.failure?.text.trim().split('\n') ?? [], MOST.failure),
    ...lastPart(`The last lines of ${job.host}${log}:`, job.lastLines),
    ...part('Its channels then:', job.channels, MOST.channels),
    ...part('Its processes then:', job.waits, MOST.waits),
    ...part(
      'Findings:',
      job.findings.map(({ id, seen }) => `${id}: ${seen}`),
      MOST.findings,
    ),
  ].join('\n');
}

function part(heading: string, lines: readonly string[], most: number): string[] {
  const shown = lines.filter((line) => line !== '');
  if (shown.length === 0) return [];
  const rest = shown.length - most;
  const more = rest > 0 ? [`  … and ${rest} more`] : [];
  return [heading, ...shown.slice(0, most).map(indented), ...more];
}

/** Of a log the end says most. */
function lastPart(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? ['It wrote nothing.'] : [heading, ...lines.slice(-MOST.lines).map(indented)];
}

function indented(line: string): string {
  const text = printableLine(line.replaceAll('\t', '    '));
  return `  ${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}`;
}
