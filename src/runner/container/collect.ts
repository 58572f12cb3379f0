import { chmod, lstat, mkdtemp, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

import type Docker from 'dockerode';

import { removeWhole } from '../../directory/remove-whole.js';
import { OPT_ML } from '../inside-paths.js';
import { copyOut } from './copy-out.js';
import { INPUT } from './create-options.js';
import { ask, type Engine } from './engine.js';
import { takeOver } from './take-over.js';

const BELOW = `${OPT_ML}/`;

/** A change of the container's files, as the engine lists them. */
interface Change {
  readonly Path: string;
}

/**
 * Puts what a container has below /opt/ml into the job's directory, in the place of what is there: model, output and so
 * on, and whatever else was changed. Links stay as they are, wherever they lead; sockets, FIFOs and devices are left
 * out. Everything belongs to whoever runs this process.
 *
 * @throws {@link PipeModeError} `RUNNER_UNAVAILABLE`, `ARCHIVE_NOT_UNPACKED`; the signal's reason
 */
export async function collectOutputs(
  engine: Engine,
  container: Docker.Container,
  directory: string,
  signal?: AbortSignal,
): Promise<void> {
  const known = (await readdir(directory)).filter((name) => name !== INPUT);
  const temporary = await mkdtemp(join(directory, '.collected-'));
  const collect = (names: readonly string[]) =>
    settleAll(names.map((name) => collectOne(engine, container, { directory, name, temporary }, signal)));
  try {
    // An engine takes long to begin with each, and can do that at once.
    const strangers = changedBeside(engine, container, known);
    await settleAll([strangers, collect(known)]);
    await collect(await strangers);
  } finally {
    await removeWhole(temporary);
  }
}

/** What else is in /opt/ml and was changed: not what the image has brought. */
async function changedBeside(
  engine: Engine,
  container: Docker.Container,
  known: readonly string[],
): Promise<string[]> {
  const changes = ((await ask(engine, container.changes())) as readonly Change[] | null) ?? [];
  const below = changes.filter(({ Path: path }) => path.startsWith(BELOW));
  const names = new Set(below.map(({ Path: path }) => path.slice(BELOW.length).split('/')[0]!));
  return [...names].filter((name) => name !== INPUT && !known.includes(name));
}

/** Waits for all of them, also if one fails: then rejects with that. */
async function settleAll(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function collectOne(
  engine: Engine,
  container: Docker.Container,
  { directory, name, temporary }: { directory: string; name: string; temporary: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  const copied = { inside: `${OPT_ML}/${name}`, outside: join(temporary, name) };
  const isThere = await copyOut(engine, container, copied, signal);
  const [from, to] = [join(copied.outside, name), join(directory, name)];
  if (isThere && (await hasContent(to)) && (await hasContent(from))) {
    await takeOver(from, to);
    return;
  }
  await removeWhole(to);
  if (isThere) await move(from, to);
}

/** Whether it is a directory with something in it. What a link leads to is not looked at: that is somebody else's. */
async function hasContent(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory() && (await readdir(path)).length > 0;
  } catch {
    return false; // nothing is there
  }
}

/** To move a directory takes the right to write in it. What is left out is not there. */
async function move(from: string, to: string): Promise<void> {
  const stats = await lstat(from).catch(() => undefined);
  if (stats === undefined) return;
  if (!stats.isDirectory()) {
    await rename(from, to);
    return;
  }
  await chmod(from, stats.mode | 0o700);
  await rename(from, to);
  await chmod(to, stats.mode);
}
