/** Whether somebody looks: then things happen slowly enough to be seen. */
export const isWatched = process.stdout.isTTY && !process.env['CI'];

/** How long the algorithms pause after each record, in milliseconds: a model that takes its time, as real ones do. */
export const pauseMs = isWatched ? 25 : 0;

/** A line at the bottom of a terminal that says how things stand, below those that stay. */
export class LiveLine {
  /** Replaces what it shows. Not longer than the terminal is wide, for what has wrapped could not be replaced. */
  show(text: string): void {
    if (!isWatched) return;
    process.stdout.write(`\r\u001B[K${text.slice(0, (process.stdout.columns || 80) - 1)}`);
  }

  /** Prints a line that stays. */
  say(line: string): void {
    this.clear();
    console.log(line);
  }

  clear(): void {
    if (isWatched) process.stdout.write('\r\u001B[K');
  }
}

/** `██████░░░░░░`, for a part of 1. */
export function bar(part: number, width: number): string {
  const full = Math.min(width, Math.max(0, Math.round(part * width)));
  return '█'.repeat(full) + '░'.repeat(width - full);
}

export function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}
