import { spawnSync } from 'node:child_process';

/** The processes of a group, zombies left out: those are over, and wait for whoever has to take notice. */
export function processesOf(group: number): string[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pgid=,stat=,args='], { encoding: 'utf8' });
  const processes = stdout.split('\n').map((line) => /^ *(\d+) +(\S+) +(.*)$/.exec(line) ?? []);
  return processes
    .filter(([, pgid, stat = '']) => Number(pgid) === group && !stat.startsWith('Z'))
    .map(([line = '']) => line);
}
