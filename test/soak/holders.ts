import { readdirSync, readlinkSync } from 'node:fs';

/** Who has a file below a directory open, in words; also one whose name was removed. */
export function holdersBelow(dir: string): string[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) =>
      namesIn(`/proc/${pid}/fd`).flatMap((fd) => {
        const target = targetOf(`/proc/${pid}/fd/${fd}`);
        return target.startsWith(`${dir}/`) ? [`process ${pid} has ${target} open`] : [];
      }),
    );
}

/** Nothing of a process that has ended. */
function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
