import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { build } from 'tsdown';

import type { Isolation } from '../../../src/runner/process-runner.js';
import type { HostNames } from '../../../src/runner/runner.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What the remote program is to run, one after the other. */
export interface RemoteRequest {
  readonly programs: readonly (readonly string[])[];
  readonly env: Readonly<Record<string, string>>;
  readonly isolation?: Isolation | undefined;
  readonly host?: HostNames | undefined;
  /** Programs with this among their arguments are killed once they run. */
  readonly killsAfter?: string | undefined;
}

/** How a program has ended, and what it has written; or the error. */
export interface RemoteResult {
  readonly code?: number | null;
  readonly signal?: string | null;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly error?: string;
  readonly message?: string;
}

/** Where the remote program runs: as whom, and what the machine looks like to it. */
export interface Place {
  /** A user's number. Default: whoever runs the tests. */
  readonly uid?: number | undefined;
  /** Shell commands as root, in a mount namespace of their own, before the program starts. */
  readonly machine?: string | undefined;
  /** The capabilities that root has not. */
  readonly without?: string | undefined;
}

/** The rest of a script, in a user namespace below this one, whose limits are its own: none of one kind. */
export const withoutNamespaces = (name: 'max_user_namespaces' | 'max_mnt_namespaces'): string =>
  `exec unshare -Ur sh -c 'echo 0 > /proc/sys/user/${name}; exec setpriv --bounding-set=-sys_admin "$@"' sh "$@"`;

/** The same in a chroot, in which there are no user namespaces. */
export const IN_CHROOT = `mount --rbind / /mnt; exec chroot /mnt setpriv --bounding-set=-sys_admin "$@"`;

/** A command that runs another one in a place. */
export function commandIn(
  { uid, machine = ':', without }: Place,
  command: readonly string[],
): readonly string[] {
  const user = uid === undefined ? '' : `setpriv --reuid=${uid} --regid=${uid} --clear-groups`;
  const less = without === undefined ? '' : `setpriv --bounding-set=${without} --inh-caps=${without}`;
  const unshare = ['unshare', ...(process.getuid!() === 0 ? [] : ['-Ur']), '-m'];
  return [...unshare, 'sh', '-c', `set -e; ${machine}; exec ${user} ${less} "$@"`, 'sh', ...command];
}

/** The runner in a program that any user can read, wherever the package is: with koffi if that can be read, too. */
export class RemoteRunner {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async build(): Promise<RemoteRunner> {
    const folder = mkdtempSync(join(tmpdir(), 'runner-build-'));
    chmodSync(folder, 0o755);
    await build({
      config: false,
      cwd: root,
      entry: {
        remote: 'test/runner/support/remote.ts',
        'process-runner': 'src/runner/process-runner.ts',
        'container-runner': 'src/runner/container/container-runner.ts',
      },
      outDir: folder,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      tsconfig: 'tsconfig.json',
      clean: false,
      dts: false,
      fixedExtension: true,
      logLevel: 'error',
    });
    cpSync(join(root, 'dist/connect-helper.cjs'), join(folder, 'connect-helper.cjs'));
    for (const name of ['debug', 'ms'])
      cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
    for (const name of ['koffi', 'dockerode', 'tar'])
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    return new RemoteRunner(folder);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What other programs import. */
  get module(): string {
    return join(this.#folder, 'process-runner.mjs');
  }

  /** The same, of containers. Only whoever can read this package can load it. */
  get containerModule(): string {
    return join(this.#folder, 'container-runner.mjs');
  }

  async run(request: RemoteRequest, place: Place = {}): Promise<RemoteResult[]> {
    const program = [process.execPath, join(this.#folder, 'remote.mjs'), JSON.stringify(request)];
    const [command, ...args] = commandIn(place, program);
    const child = spawn(command!, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', TMPDIR: '/tmp' },
    });
    const output = Promise.all([text(child.stdout), text(child.stderr)]);
    await once(child, 'close');
    const [stdout, stderr] = await output;
    if (stdout === '') throw new Error(`The remote program failed:\n${stderr}`);
    return JSON.parse(stdout) as RemoteResult[];
  }
}
