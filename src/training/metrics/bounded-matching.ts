import { createContext, Script } from 'node:vm';

/** How long matching may take, in milliseconds: an expression that backtracks for ever would stop everything. */
const PATIENCE_MS = 100;

const script = new Script('run()');
const sandbox: { run: () => void } = { run: () => undefined };
let context: object | undefined;

/**
 * Matches text, for which a regular expression may take for ever; says whether that came to its end. V8 interrupts
 * expressions for a `timeout` of `node:vm` only, and that starts a thread each time: some 20 microseconds, and as many
 * milliseconds on a busy machine. Not for a line each.
 */
export function isDoneInTime(action: () => void): boolean {
  context ??= createContext(sandbox);
  sandbox.run = action;
  try {
    script.runInContext(context, { timeout: PATIENCE_MS });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  } finally {
    sandbox.run = () => undefined;
  }
}
