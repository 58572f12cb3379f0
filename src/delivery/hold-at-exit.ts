import { closeSync, constants, fstatSync, openSync, type Stats, writeSync } from 'node:fs';

import { requireLater } from '../require-later.js';

/** An epoch that a reader has begun to read. */
export interface BegunEpoch {
  /** The FIFO's writing end. */
  readonly fd: number;
  /** What to call it in a message, such as `epoch 0 of channel "train"`. */
  readonly name: string;
}

interface Held extends BegunEpoch {
  readonly stats: Stats;
}

const held = new Set<Held>();

/** How often the process that holds FIFOs open looks whether they still have readers, in milliseconds. */
const WATCH_MS = 100;

/** Holds its descriptors, from 3 on, open as long as somebody reads from what they lead to. */
const HOLDER = `
const { closeSync, constants, openSync } = require('node:fs');
const hasReader = (fd) => {
  try {
    closeSync(openSync('/proc/self/fd/' + fd, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
};
let fds = Array.from({ length: Number(process.argv[1]) }, (_, index) => index + 3);
setInterval(() => {
  fds = fds.filter(hasReader);
  if (fds.length === 0) process.exit();
}, ${WATCH_MS});
`;

/**
 * Keeps a reader from taking the end of this process for the end of its data: if the process exits before the result is
 * called, another one holds the FIFO open from then on, until the reader has gone. On Linux; and a process that is
 * killed by a signal has no time for it.
 *
 * @returns a function to call when the epoch is complete, or was stopped.
 */
export function holdAtExit(epoch: BegunEpoch): () => void {
  if (process.platform !== 'linux') return () => undefined;
  const entry: Held = { ...epoch, stats: fstatSync(epoch.fd) };
  if (held.size === 0) process.on('exit', handOver);
  held.add(entry);
  return () => {
    held.delete(entry);
    if (held.size === 0) process.off('exit', handOver);
  };
}

function handOver(): void {
  try {
    const epochs = [...held].filter(hasReader);
    if (epochs.length === 0) return;
    const pid = startHolder(epochs.map(({ fd }) => fd));
    if (pid === '') return;
    const names = epochs.map(({ name }) => name).join(', ');
    writeSync(
      2,
      `sagemaker-pipe-mode: this process ends in the middle of ${names}. Process ${pid} holds the FIFO open, so that its ` +
        `reader waits instead of taking this for the end of the data. It ends when the reader is ended.\n`,
    );
  } catch {
    // The process ends, whatever fails.
  }
}

/** By a shell, which ends at once: the child of a thread that ends would be a zombie when it has ended itself. */
function startHolder(fds: readonly number[]): string {
  const { spawnSync } = requireLater('node:child_process') as typeof import('node:child_process');
  const command = ['sh', process.execPath, '-e', HOLDER, String(fds.length)];
  const { stdout } = spawnSync('/bin/sh', ['-c', '"$@" > /dev/null & echo $!', ...command], {
    cwd: '/',
    env: { ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'pipe', 'ignore', ...fds],
    encoding: 'utf8',
  });
  return stdout.trim();
}

/** By the descriptor: the name is gone. A descriptor that was closed may lead to anything by now. */
function hasReader({ fd, stats }: Held): boolean {
  try {
    const { dev, ino } = fstatSync(fd);
    if (dev !== stats.dev || ino !== stats.ino) return false;
    closeSync(openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}
