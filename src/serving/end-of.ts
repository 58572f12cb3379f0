import { valueWithin } from '../abort/value-within.js';
import type { ProgramExit, RunningProgram } from '../runner/runner.js';

/** How long it may take until a program whose connections have broken can be seen to have ended, in milliseconds. */
const NEWS_MS = 250;
/** How long it may take on a busy machine until all that it has left is gone, in milliseconds. */
const GONE_MS = 10_000;

/** How a program has ended whose connection has just broken, if that is why. */
export async function endOf(program: RunningProgram): Promise<ProgramExit | undefined> {
  const exit = await valueWithin(program.exited, NEWS_MS);
  if (exit !== undefined) return exit;
  const running = await program.processes();
  if (running.some(({ pid }) => pid === program.pid)) return undefined;
  return await valueWithin(program.exited, GONE_MS);
}
