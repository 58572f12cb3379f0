import { PipeModeError } from '../../errors.js';
import { programNotExecutable, programNotFound, runnerFailed } from '../runner-errors.js';
import { reasonOf, statusOf } from './engine.js';
import type { ContainerPlan } from './container-plan.js';

/** What an engine refuses, at whichever step, in our words: engines differ in when they find out. */
export function startFailure(error: unknown, { engine, options, program }: ContainerPlan): unknown {
  if (error instanceof PipeModeError || statusOf(error) === undefined) return error;
  const said = reasonOf(error);
  const where = `image "${options.image}"`;
  if (statusOf(error) === 404 && /no such image/i.test(said)) return imageGone(options.image, error);
  const name = executableIn(said) ?? program.command[0]!;
  if (
    /executable file .*not found|exec: .*no such file or directory|no such file or directory.*exec/is.test(
      said,
    )
  )
    return programNotFound(
      `There is no program "${name}" in the ${where}. Give the image an ENTRYPOINT, or a program of that name in its PATH.`,
    );
  if (/permission denied|is a directory/i.test(said) && /exec/i.test(said))
    return programNotExecutable(
      name,
      `may not be executed in the ${where}`,
      'Do `chmod +x` on it in the image.',
    );
  if (/exec format error/i.test(said))
    return programNotExecutable(
      name,
      `is for another kind of processor, or a script without "#!" (${where})`,
      'Build the image for this machine (`docker build --platform`).',
    );
  if (/bind source path does not exist|statfs .*no such file/i.test(said))
    return runnerFailed(
      `The engine at ${engine.address.url} does not see the job's directory, "${program.directory}": it runs on another machine, or ` +
        'in a virtual one. Have the directory where both see it.',
      said,
      error,
    );
  return runnerFailed(`A container of the ${where} was not started.`, said, error);
}

function imageGone(image: string, cause: unknown): PipeModeError {
  const message = `There is no image "${image}" any more: it was removed since the program was prepared.`;
  return new PipeModeError('IMAGE_NOT_FOUND', message, { cause });
}

/** As in `exec: "train": executable file not found in $PATH`. */
function executableIn(said: string): string | undefined {
  return /exec: "([^"]*)"/.exec(said)?.[1] ?? /executable file [`'"]([^`'"]*)[`'"]/.exec(said)?.[1];
}
