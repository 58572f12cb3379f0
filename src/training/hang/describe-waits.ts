import type { ProcessWaits, Wait } from '../../runner/runner.js';
import { parsePath } from './epoch-name.js';
import { explainPath } from './explain-path.js';
import { likelyNames } from './likely-names.js';
import { type HostSituation, wasOpened } from './situation.js';

/** How many processes a message has. */
const MOST_PROCESSES = 5;
/** How many names of a guess. */
const MOST_NAMES = 3;

/** What the processes of a job wait for and what its channels say to that, each process on a line of its own. */
export function describeWaits(hosts: readonly HostSituation[]): readonly string[] {
  const all = hosts.flatMap((situation) => {
    const prefix = hosts.length === 1 ? '' : `${situation.host}: `;
    return situation.processes.map((each) => prefix + describeProcess(each, situation));
  });
  const more = all.length - MOST_PROCESSES;
  return more > 0 ? [...all.slice(0, MOST_PROCESSES), `and ${more} more`] : all;
}

function describeProcess(each: ProcessWaits, situation: HostSituation): string {
  const waits = each.waits.map((wait) => inWords(wait, each, situation)).join('; and ') || 'does not say';
  return `"${each.command}" ${waits}${alsoOpen(each, situation)}`;
}

function inWords(wait: Wait, { pid }: ProcessWaits, situation: HostSituation): string {
  const because = (path: string) => {
    const explanation = explainPath(path, situation);
    return explanation === undefined ? '' : `: ${explanation}`;
  };
  switch (wait.kind) {
    case 'openFifo':
      return `waits in open("${wait.path}") for somebody to write${because(wait.path)}`;
    case 'readFifo':
      return `waits for data in "${wait.path}"${because(wait.path)}${otherReaders(wait.path, pid, situation)}`;
    case 'writePipe':
      return `waits for room in ${wait.path}, which is full`;
    case 'sleep':
      return `sleeps${guess(wait, situation)}`;
    case 'child':
      return `waits for a process that it has started${guess(wait, situation)}`;
    case 'run':
      return 'computes';
    case 'other':
      return `waits in the kernel (${wait.kernel})`;
  }
}

/** What a process reads is lost to the others. */
function otherReaders(path: string, pid: number, { processes }: HostSituation): string {
  const other = processes.find(
    (each) => each.pid !== pid && each.waits.some((wait) => wait.kind === 'readFifo' && wait.path === path),
  );
  return other === undefined ? '' : `; "${other.command}" reads it, too, and each gets a part of it`;
}

/** Polling for a file or for a host that is not there looks like sleep, and leaves the name in memory. */
function guess({ names, hosts }: Extract<Wait, { names: unknown }>, situation: HostSituation): string {
  const likely = likelyNames(names, situation)
    .slice(0, MOST_NAMES)
    .map((path) => missing(path, situation));
  const unknown = hosts.filter((host) => !situation.hosts.includes(host)).slice(0, MOST_NAMES);
  const parts = [
    ...likely,
    ...unknown.map(
      (host) => `for the host ${host}, which the job has not: it has ${situation.hosts.join(', ')}`,
    ),
  ];
  return parts.length === 0 ? '' : `, and may look ${parts.join('; or ')}`;
}

function missing(path: string, situation: HostSituation): string {
  const { name = path, pipe } = parsePath(path, situation) ?? {};
  if (pipe !== undefined && pipe.epoch < pipe.channel.epochs && wasOpened(pipe.channel, pipe.epoch))
    return `for ${name} again: an epoch can be opened once`;
  const explanation = explainPath(path, situation);
  return `for ${name}, which is not there${explanation === undefined ? '' : `: ${explanation}`}`;
}

/** What a process has open and does not read: others may wait for the end of it. */
function alsoOpen({ fifos, waits }: ProcessWaits, situation: HostSituation): string {
  const waitedFor = new Set(waits.flatMap((wait) => (wait.kind === 'readFifo' ? [wait.path] : [])));
  const open = fifos.filter((path) => !waitedFor.has(path));
  const names = open.map((path) => parsePath(path, situation)?.name ?? path);
  return names.length === 0 ? '' : `, with ${names.join(' and ')} open`;
}
