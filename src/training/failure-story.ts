import { printableLine } from '../printable.js';
import type { ProgramExit } from '../runner/runner.js';
import type { FailureFile } from './failure-file.js';
import type { Finding } from './findings/finding.js';
import type { HostLog } from './logs/host-log.js';

/** How many lines each part may have: all of it has to fit on a screen. */
const MOST = {
  failure: 6,
  lines: 10,
  hosts: 4,
  linesOfOthers: 2,
  channels: 5,
  waits: 5,
  findings: 4,
} as const;

/** The longest line of it, in UTF-16 units. */
const LONGEST = 300;

/** What is known of a job that has failed. */
export interface FailedJob {
  readonly name: string;
  /** How it has ended, to follow the job's name: `has failed: …`. */
  readonly what: string;
  readonly exit: ProgramExit | undefined;
  readonly failure: FailureFile | undefined;
  /** Of all hosts, the one first that has decided how it ended. */
  readonly logs: readonly HostLog[];
  readonly channels: readonly string[];
  /** What its processes were waiting for, if that was looked at. */
  readonly waits: readonly string[];
  readonly findings: readonly Finding[];
  /** Whether the files with the whole logs stay. */
  readonly keepsLogs: boolean;
}

/** All of it, on one screen. */
export function tellFailure(job: FailedJob): string {
  return [
    `Training job "${job.name}" ${job.what}`,
    ...part('output/failure says:', job.failure?.text.trim().split('\n') ?? [], MOST.failure),
    ...lastParts(job),
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

/** Of a log the end says most; of the others, if there are several, the very end. */
function lastParts({ logs, keepsLogs }: FailedJob): string[] {
  const parts = logs.slice(0, MOST.hosts).flatMap(({ host, path, lastLines }, index) => {
    const lines = lastLines.slice(index === 0 ? -MOST.lines : -MOST.linesOfOthers);
    const where = keepsLogs ? ` (all of it: ${path})` : '';
    const nothing = logs.length === 1 ? 'It wrote nothing.' : `${host} wrote nothing.`;
    return lines.length === 0 ? [nothing] : [`The last lines of ${host}${where}:`, ...lines.map(indented)];
  });
  const rest = logs.length - MOST.hosts;
  return rest > 0 ? [...parts, `… and ${rest} more hosts`] : parts;
}

function indented(line: string): string {
  const text = printableLine(line.replaceAll('\t', '    '));
  return `  ${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}`;
}
