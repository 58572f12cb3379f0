import { findTool } from '../find-program.js';

/** Names that a shell takes: it drops others. */
const SHELL_NAME = /^[A-Za-z_]\w*$/;

/** What would change how the tools that set up work: the libraries of a Conda environment, say, are not for `mount`. */
const FOR_TOOLS = /^(LD_|LIBMOUNT_|SHELLOPTS$|BASHOPTS$)/;

/** An environment, in two parts. */
interface DividedEnvironment {
  /** What the shell that sets up can have, and pass on. */
  readonly forShell: Record<string, string>;
  /** The beginning of a command that sets the rest; empty if there is none. */
  readonly forProgram: readonly string[];
}

export function dividedEnvironment(env: Readonly<Record<string, string>>): DividedEnvironment {
  const entries = Object.entries(env);
  const isForShell = ([name]: [string, string]) => SHELL_NAME.test(name) && !FOR_TOOLS.test(name);
  const rest = entries.filter((entry) => !isForShell(entry)).map(([name, value]) => `${name}=${value}`);
  return {
    forShell: Object.fromEntries(entries.filter(isForShell)),
    forProgram: rest.length === 0 ? [] : [findTool('env') ?? 'env', ...rest],
  };
}
