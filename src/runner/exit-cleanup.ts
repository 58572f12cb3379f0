import { removeWholeNow } from '../directory/remove-whole.js';

const programs = new Set<() => void>();
const directories = new Set<string>();

/**
 * Ends a program if the process exits before the result is called: before any directory is removed, so that nobody writes
 * to it any more, and before a FIFO is held open for its reader.
 *
 * @param kill - returns when nothing of it runs
 */
export function killAtExit(kill: () => void): () => void {
  programs.add(kill);
  watch();
  return () => {
    programs.delete(kill);
    watch();
  };
}

/** Removes a directory if the process exits before the result is called. */
export function removeAtExit(path: string): () => void {
  directories.add(path);
  watch();
  return () => {
    directories.delete(path);
    watch();
  };
}

/** Listens for the exit, before everybody else, while there is something to do. */
function watch(): void {
  process.off('exit', cleanUp);
  if (programs.size + directories.size > 0) process.prependListener('exit', cleanUp);
}

function cleanUp(): void {
  for (const kill of programs) attempt(kill);
  for (const path of directories) attempt(() => removeWholeNow(path));
}

/** One that fails does not keep the others. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The process exits: nothing can be reported any more.
  }
}
