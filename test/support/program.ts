import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const WITHOUT_PRIVILEGES = 'setpriv --bounding-set=-dac_override,-dac_read_search';

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

export interface ProgramOptions {
  /** What the program finds in `process.argv`, from 1 on: `-e` programs have no file name. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /**
   * Holds it to the permissions of files, which root is not: without the capabilities that let root pass. Another
   * user could not read Node and the build wherever root keeps them.
   */
  readonly heedsPermissions?: boolean;
  /** Shell commands to run in the process before Node, such as `ulimit -f 1024`. */
  readonly setup?: string;
}

/**
 * A program in a Node process of its own, with the built package: what a user's script does to its process
 * cannot be seen from within the test's.
 */
export class Program {
  readonly child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #end: Promise<ProgramEnd>;
  #over = false;
  #notify: (() => void)[] = [];

  constructor(
    source: string,
    { args = [], env, heedsPermissions = false, setup = ':' }: ProgramOptions = {},
  ) {
    this.child = spawn(
      'sh',
      [
        '-c',
        `${setup}; exec ${heedsPermissions && process.getuid!() === 0 ? WITHOUT_PRIVILEGES : ''} "$0" "$@"`,
        process.execPath,
        '--input-type=module',
        '-e',
        source,
        '--',
        ...args,
      ],
      {
        cwd: root,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    const stderr = text(this.child.stderr!);
    this.#end = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        this.#over = true;
        this.#wake();
        void stderr.then((it) => resolve({ code, signal, lines: this.#lines, stderr: it }));
      });
    });
  }

  /** Resolves once the program has printed this line. */
  async said(line: string): Promise<void> {
    while (!this.#lines.includes(line)) {
      if (this.#over) {
        const { stderr, lines } = await this.#end;
        throw new Error(`The program ended without saying "${line}":\n${lines.join('\n')}\n${stderr}`);
      }
      await new Promise<void>((resolve) => this.#notify.push(resolve));
    }
  }

  ended(): Promise<ProgramEnd> {
    return this.#end;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<ProgramEnd> {
    this.child.kill(signal);
    return await this.#end;
  }

  #wake(): void {
    const waiting = this.#notify;
    this.#notify = [];
    for (const resolve of waiting) resolve();
  }
}

/** Runs a program to its end. */
export function runProgram(source: string, options?: ProgramOptions): Promise<ProgramEnd> {
  return new Program(source, options).ended();
}
