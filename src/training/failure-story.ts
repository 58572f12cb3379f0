import { printableLine } from '../printable.js';
import type { ProgramExit } from '../runner/runner.js';
import type { FailureFile } from './failure-file.js';
import type { Finding } from '../findings/finding.js';
import type { HostLog } from '../logs/host-log.js';

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

/** A heading with some lines below it, or nothing if there are none. */
export function part(heading: string, lines: readonly string[], most: number): string[] {
  const shown = lines.filter((line) => line !== '');
  if (shown.length === 0) return [];
  const rest = shown.length - most;
  const more = rest > 0 ? [`  … and ${rest} more`] : [];
  return [heading, ...shown.slice(0, most).map(indented), ...more];
}

/** The same of a log, of which the end says most. */
export function lastPart(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? ['It wrote nothing.'] : [heading, ...lines.slice(-MOST.lines).map(indented)];
}

/** Of several hosts: of the one that matters most of its end, of the others the very end. */
function lastParts({ logs, keepsLogs }: FailedJob): string[] {
  const parts = logs.slice(0, MOST.hosts).flatMap(({ host, path, lastLines }, index) => {
    const lines = index === 0 ? lastLines : lastLines.slice(-MOST.linesOfOthers);
    const where = keepsLogs ? ` (all of it: ${path})` : '';
    if (lines.length === 0 && logs.length > 1) return [`${host} wrote nothing.`];
    return lastPart(`The last lines of ${host}${where}:`, lines);
  });
  const rest = logs.length - MOST.hosts;
  return rest > 0 ? [...parts, `… and ${rest} more hosts`] : parts;
}

function indented(line: string): string {
  const text = printableLine(line.replaceAll('\t', '    '));
  return `  ${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}`;
}
