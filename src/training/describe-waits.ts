import type { ProcessWaits, Wait } from '../runner/runner.js';

/** How many processes a message has. */
const MOST_PROCESSES = 5;
/** How many names of a guess. */
const MOST_NAMES = 3;

/** What processes wait for, each on a line of its own. */
export function describeWaits(processes: readonly ProcessWaits[]): readonly string[] {
  const lines = processes
    .slice(0, MOST_PROCESSES)
    .map(({ command, waits }) => `"${command}" ${waits.map(inWords).join(', and ') || 'does not say'}`);
  const more = processes.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

function inWords(wait: Wait): string {
  switch (wait.kind) {
    case 'openFifo':
      return `waits in open("${wait.path}") for somebody to write`;
    case 'readFifo':
      return `waits for data in "${wait.path}"`;
    case 'writePipe':
      return `waits for room in ${wait.path}`;
    case 'sleep':
      return `sleeps${guess(wait.names)}`;
    case 'child':
      return `waits for a process that it has started${guess(wait.names)}`;
    case 'run':
      return 'computes';
    case 'other':
      return `waits in the kernel (${wait.kernel})`;
  }
}

/** Polling for a file that is not there looks like sleep, and leaves its name in memory. */
function guess(names: readonly string[]): string {
  if (names.length === 0) return '';
  return `, and may look for ${names.slice(0, MOST_NAMES).join(', ')}, which is not there`;
}
