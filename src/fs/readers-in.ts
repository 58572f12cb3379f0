import { constants, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';

/** A process that has a file open for reading. */
export interface FileReader {
  readonly pid: number;
  /** Its command line, the first words of it. */
  readonly command: string;
  /** The file's path; it may have been removed since. */
  readonly path: string;
}

/** How much of a command line says what it is, in characters. */
const COMMAND_LENGTH = 60;

/** Linux: a descriptor that only stands for a file. */
const O_PATH = 0o10000000;

/**
 * Which processes have files in a directory open for reading, by `/proc`: nobody on systems without it, and nobody of
 * those that this user may not look at. Takes some milliseconds: for messages.
 */
export function readersIn(dir: string): readonly FileReader[] {
  const root = orElse(() => realpathSync(dir), dir);
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) =>
      pathsReadBy(pid, `${root}/`).map((path) => ({
        pid: Number(pid),
        command: commandOf(pid),
        path: dir + path.slice(root.length),
      })),
    );
}

function pathsReadBy(pid: string, prefix: string): string[] {
  const paths = namesIn(`/proc/${pid}/fd`).flatMap((fd) => {
    const path = orElse(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '').replace(/ \(deleted\)$/, '');
    return path.startsWith(prefix) && isForReading(`/proc/${pid}/fdinfo/${fd}`) ? [path] : [];
  });
  return [...new Set(paths)];
}

function isForReading(info: string): boolean {
  const flags = parseInt(
    /^flags:\s*([0-7]+)/m.exec(orElse(() => readFileSync(info, 'utf8'), ''))?.[1] ?? '',
    8,
  );
  return (flags & O_PATH) === 0 && (flags & 0o3) !== constants.O_WRONLY;
}

function commandOf(pid: string): string {
  const words = orElse(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'), '').split('\0');
  const command = words.join(' ').trim();
  return command.length > COMMAND_LENGTH ? `${command.slice(0, COMMAND_LENGTH)}…` : command;
}

function namesIn(dir: string): string[] {
  return orElse(() => readdirSync(dir), []);
}

/** What ends meanwhile, and what is not this user's, is passed over. */
function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
