/** A command line, taken apart at the first `--`. */
export interface CommandLine {
  /** What is for this command. */
  readonly own: readonly string[];
  /** The program that it is to run, and its arguments; `undefined` if there is no `--`. */
  readonly program: readonly string[] | undefined;
}

/** The commands that can run a program. */
const WITH_PROGRAM = ['channel', 'agent', 'input-data-config', 'train', 'serve', 'transform'];

/** Not left to commander, for which what follows `--` are more arguments: a pattern with too many matches would be run. */
export function splitCommandLine(args: readonly string[]): CommandLine {
  const at = args.indexOf('--');
  if (at < 0 || !WITH_PROGRAM.includes(args[0]!)) return { own: args, program: undefined };
  return { own: args.slice(0, at), program: args.slice(at + 1) };
}
