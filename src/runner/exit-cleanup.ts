import { attemptAtExit, listenAtExit } from '../at-exit.js';
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

/** Before everybody else. */
function watch(): void {
  listenAtExit(cleanUp, programs.size + directories.size > 0, { first: true });
}

function cleanUp(): void {
  for (const kill of programs) attemptAtExit(kill);
  for (const path of directories) attemptAtExit(() => removeWholeNow(path));
}
