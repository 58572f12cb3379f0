import { PipeModeError } from '../errors.js';

export function notADirectory(path: string, cause: unknown): PipeModeError {
  return new PipeModeError(
    'DEST_NOT_A_DIRECTORY',
    `Expected "${path}" to be a directory, or free to become one, but it or a part of it is a file. ` +
      `Choose another \`dest\`, or move the file away.`,
    { path, cause },
  );
}

export function notWritable(path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  if (isOutOfDescriptors(code)) return tooManyOpenFiles(path, cause);
  return new PipeModeError(
    'DEST_NOT_WRITABLE',
    `Cannot write at "${path}" (${code ?? String(cause)}). Choose a \`dest\` in ` +
      `which this user may make files, such as a temporary directory; /opt/ml usually belongs to root.`,
    { path, cause },
  );
}

/** Whether a call has failed because too many files are open. */
export function isOutOfDescriptors(code: string | undefined): boolean {
  return code === 'EMFILE' || code === 'ENFILE';
}

/** What to say when nothing more can be opened: by this process, or on this machine. */
export function tooManyOpenFiles(path: string, cause: unknown): PipeModeError {
  const { code } = cause as NodeJS.ErrnoException;
  const [who, what] =
    code === 'ENFILE'
      ? (['The machine has', 'Raise `fs.file-max`'] as const)
      : (['This process has', 'Raise `ulimit -n`'] as const);
  return new PipeModeError(
    'TOO_MANY_OPEN_FILES',
    `Cannot open "${path}": ${who} as many files open as it may (${code}). ${what}, or run fewer channels at once.`,
    { path, cause },
  );
}
