import { readFileSync } from 'node:fs';

import type { HostNames } from '../runner.js';

/** What the hosts of a job find each other by: an address of this machine's own network for each. */
export function hostsFile({ all }: HostNames): string {
  const lines = all.map((name, index) => `127.1.0.${index + 1} ${name}`);
  return [...linesWithout(all), ...lines, ''].join('\n');
}

/** The machine's own, without lines in which the names would mean something else. */
function linesWithout(names: readonly string[]): string[] {
  return readMachines()
    .split('\n')
    .filter(
      (line) =>
        !line
          .replace(/#.*/, '')
          .split(/\s+/)
          .slice(1)
          .some((name) => names.includes(name)),
    );
}

function readMachines(): string {
  try {
    return readFileSync('/etc/hosts', 'latin1').trimEnd();
  } catch {
    return '127.0.0.1 localhost';
  }
}
