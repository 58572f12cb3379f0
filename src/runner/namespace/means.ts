import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

import type { PipeModeError } from '../../errors.js';
import { notLinux, refused, toolsMissing } from './refusal.js';
import { findTools, type Tools } from './tools.js';

/** How a program gets namespaces of its own here. */
export interface NamespaceMeans {
  readonly tools: Tools;
  /** Whether it takes a user namespace: as an ordinary user, or as a root who may not do everything. */
  readonly inUserNamespace: boolean;
  /** Whether a /proc of the new processes only can be mounted: not in a container that masks its own. */
  readonly mountsProc: boolean;
}

/** What works once goes on working; what does not is tried again the next time. */
let known: NamespaceMeans | undefined;
let finding: Promise<NamespaceMeans> | undefined;

/**
 * Finds out by doing it, with a program that ends at once: sysctls, seccomp, capabilities and security modules all have
 * a say, and only the kernel knows the sum. Takes some ten milliseconds, once per process.
 *
 * @throws {@link PipeModeError} `RUNNER_UNAVAILABLE`, with the reason
 */
export async function namespaceMeans(): Promise<NamespaceMeans> {
  if (known) return known;
  finding ??= findMeans();
  try {
    return (known = await finding);
  } finally {
    finding = undefined;
  }
}

async function findMeans(): Promise<NamespaceMeans> {
  if (process.platform !== 'linux') throw notLinux();
  const tools = findTools();
  if (!('sh' in tools)) throw toolsMissing(tools);
  let refusal: PipeModeError | undefined;
  for (const means of candidates(tools)) {
    const said = await tryOut(means);
    if (said === undefined) return means;
    refusal ??= refused(said); // that of the best way
  }
  throw refusal!;
}

function candidates(tools: Tools): NamespaceMeans[] {
  const kinds = process.getuid!() === 0 ? [false, true] : [true];
  return [true, false].flatMap((mountsProc) =>
    kinds.map((inUserNamespace) => ({ tools, inUserNamespace, mountsProc })),
  );
}

/** What the tools say if it fails. */
async function tryOut({ tools, inUserNamespace, mountsProc }: NamespaceMeans): Promise<string | undefined> {
  const proc = mountsProc ? `"$1" -t proc proc /proc &&` : '';
  const last = inUserNamespace ? `exec "$2" ${asOwnUser().join(' ')} true` : 'true';
  const script = `${proc} "$1" -t tmpfs -o mode=700 tmpfs /dev && ${last}`;
  const [program, ...args] = unshareCommand({ tools, inUserNamespace, mountsProc }, [
    tools.sh,
    '-c',
    script,
    'sh',
    tools.mount,
    tools.unshare,
  ]);
  const child = spawn(program!, args, {
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code === 0 ? undefined : `ended with ${code ?? signal}`));
  });
  const said = await text(child.stderr);
  const failure = await ended;
  return failure === undefined ? undefined : said.trim() || failure;
}

/**
 * The command that runs another one in namespaces of its own, as their first process. When whoever starts it dies, so
 * does that: `setpriv` has the kernel kill `unshare` with its parent, and `--kill-child` the first process with `unshare`.
 */
export function unshareCommand(
  { tools, inUserNamespace }: NamespaceMeans,
  command: readonly string[],
  { uts = false, net = false } = {},
): readonly string[] {
  const user = inUserNamespace ? ['--user', '--map-root-user'] : [];
  const kinds = [
    '--mount',
    '--ipc',
    ...(uts ? ['--uts'] : []),
    ...(net ? ['--net'] : []),
    '--pid',
    '--fork',
    '--kill-child',
  ];
  return [tools.setpriv, '--pdeathsig', 'KILL', tools.unshare, ...user, ...kinds, ...command];
}

/** With which `unshare` makes root inside the user who he is outside. */
export function asOwnUser(): readonly string[] {
  return ['--user', `--map-user=${process.getuid!()}`, `--map-group=${process.getgid!()}`];
}
