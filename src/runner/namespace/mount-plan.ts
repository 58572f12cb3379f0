import { randomUUID } from 'node:crypto';

import { PipeModeError } from '../../errors.js';
import { isDirectory } from '../../fs/is-directory.js';
import { OPT_ML } from '../inside-paths.js';
import { type ByteText, entriesOf, type KeptEntry, unmountedDirectory } from './kept-entries.js';

/** A program has its own, as in a container. */
export const SHARED_MEMORY = '/dev/shm';

/** What is mounted where, for a program that is to have an /opt/ml of its own. */
export interface MountPlan {
  /** The directory that has to be open, as {@link COVERED}, before anything covers it. */
  readonly covered: string | undefined;
  /** The directory in which a root of our own is built; without it, the one that there is stays. */
  readonly newRoot: string | undefined;
  /** Lines of fstab: what comes first. */
  readonly first: readonly ByteText[];
  /** Files and links to make between the two. */
  readonly made: readonly Made[];
  /** Lines of fstab: all the rest. */
  readonly second: readonly ByteText[];
}

/** A file or a link that is made in what was mounted first. */
export interface Made {
  readonly path: ByteText;
  /** Where it leads, if it is a link. */
  readonly target?: ByteText;
  readonly content?: string;
}

/** Directories that the shell has open while it mounts: by these they can be reached when something covers their paths. */
const COVERED = '/proc/self/fd/8';
const JOB = '/proc/self/fd/9';

/** What becomes /etc/hosts, before the job's directory covers it. */
const HOSTS = `${OPT_ML}/hosts`;

interface PlanOptions {
  readonly mountsProc: boolean;
  /** The content of /etc/hosts, if that is not to stay as it is. */
  readonly hosts?: string | undefined;
}

/**
 * The job's directory is bound over the machine's /opt/ml if there is one. If there is none, a file system in memory covers
 * /opt, and everything that is in it is bound to its place. If there is no /opt either, the same is done with the root:
 * nothing is ever made on the machine's own disk.
 *
 * @throws {@link PipeModeError} `RUNNER_UNAVAILABLE`
 */
export function planMounts({ mountsProc, hosts }: PlanOptions): MountPlan {
  const base = findBase();
  const job = `${base.newRoot ?? ''}${OPT_ML}`;
  const kept = base.entries.map((entry) => keep(entry, base.covers));
  const covers = base.covers === '' ? [] : [memory(base.covers, 'mode=755')];
  const files = kept.flatMap(({ made }) => made);
  const hostsFile = `${base.newRoot ?? ''}${HOSTS}`;
  return joined({
    ...base,
    first: [...covers, ...(hosts === undefined ? [] : [memory(job, 'X-mount.mkdir')])],
    made: hosts === undefined ? files : [...files, { path: hostsFile, content: hosts }],
    second: [
      ...(mountsProc ? [fresh('proc', '/proc', 'nosuid,nodev,noexec')] : []),
      ...(isDirectory(SHARED_MEMORY) ? [memory(SHARED_MEMORY, 'mode=1777,nosuid,nodev')] : []),
      ...(hosts === undefined ? [] : [bind(hostsFile, '/etc/hosts', 'bind')]),
      ...kept.map(({ mount }) => mount).filter((mount) => mount !== ''),
      ...(base.newRoot === undefined
        ? []
        : [bind('/proc/self/cwd', base.newRoot.repeat(2), 'bind,X-mount.mkdir')]),
      bind(JOB, job, 'rbind,X-mount.mkdir'),
    ],
  });
}

/** `mount` is called once if it can do all at once. */
function joined(plan: MountPlan): MountPlan {
  return plan.made.length > 0 ? plan : { ...plan, first: [], second: [...plan.first, ...plan.second] };
}

interface Base extends Pick<MountPlan, 'covered' | 'newRoot'> {
  /** What is covered by memory; nothing if it is empty. */
  readonly covers: string;
  readonly entries: readonly KeptEntry[];
}

function findBase(): Base {
  if (isDirectory(OPT_ML)) return { covered: undefined, newRoot: undefined, covers: '', entries: [] };
  if (isDirectory('/opt')) {
    const entries = entriesOf('/opt').filter(({ name }) => name !== 'ml');
    return { covered: '/opt', newRoot: undefined, covers: '/opt', entries };
  }
  const all = entriesOf('/');
  const newRoot = unmountedDirectory(all);
  if (newRoot === undefined) throw noPlace();
  const entries = all.filter(({ name }) => name !== 'opt' && `/${name}` !== newRoot);
  return { covered: '/', newRoot, covers: newRoot, entries };
}

function keep(
  { name, kind, target }: KeptEntry,
  into: string,
): { readonly mount: ByteText; readonly made: Made[] } {
  const path = `${into}/${name}`;
  if (target !== undefined) return { mount: '', made: [{ path, target }] };
  if (kind === 'directory')
    return { mount: bind(`${COVERED}/${name}`, path, 'rbind,X-mount.mkdir'), made: [] };
  return { mount: bind(`${COVERED}/${name}`, path, 'bind'), made: [{ path, content: '' }] };
}

function memory(path: ByteText, options: string): ByteText {
  return fresh('tmpfs', path, options);
}

/** `mount -a` leaves out what is mounted already, by its name: so that of a new file system is always a new one. */
function fresh(type: string, path: ByteText, options: string): ByteText {
  return `sagemaker-pipe-mode-${randomUUID()} ${escaped(path)} ${type} ${options}`;
}

function bind(from: ByteText, to: ByteText, options: string): ByteText {
  return `${escaped(from)} ${escaped(to)} none ${options}`;
}

/** As fstab(5) has it. */
function escaped(path: ByteText): ByteText {
  return path.replaceAll(
    /[\s\\#]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

function noPlace(): PipeModeError {
  return new PipeModeError(
    'RUNNER_UNAVAILABLE',
    'No program can get an /opt/ml of its own here: there is no /opt, and no directory below / in which nothing is ' +
      'mounted, to build another root in. Make a directory /opt.',
  );
}
