import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { HostNames } from '../runner.js';

/**
 * The first three numbers of addresses that only this machine has, for the hosts of a job. Jobs that run at once have other
 * ones, as good as always: they may listen to the same port.
 */
export function newNetwork(): string {
  return `127.${randomInt(1, 255)}.${randomInt(0, 256)}`;
}

/** What the hosts of a job find each other by: an address for each. */
export function hostsFile({ all }: HostNames, network: string): string {
  const lines = all.map((name, index) => `${network}.${index + 1} ${name}`);
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
