import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Wait } from '../runner.js';
import { AT_FDCWD, directoryOf, openFile, polledBy } from './open-files.js';
import type { ProcessMemory } from './process-memory.js';
import { waitingCall } from './system-calls.js';

/** Where the kernel waits while a FIFO that is being opened has nobody at its other end. */
const OPENING = 'wait_for_partner';

/** Where the kernel waits for the end of a child. */
const FOR_CHILD = 'do_wait';

/** `struct pollfd`. */
const POLL_ENTRY_BYTES = 8;
/** More descriptors than these are not looked at. */
const MOST_POLLED = 1024;

/** What a thread waits for, as far as the kernel tells. Names are not looked for. */
export function threadWaits(pid: number, thread: number, memory: ProcessMemory): Wait[] {
  const task = `/proc/${pid}/task/${thread}`;
  const words = read(`${task}/syscall`).split(' ');
  if (words[0] === '') return []; // has ended, or belongs to somebody else
  if (words[0] === 'running') return [{ kind: 'run' }];
  const kernel = read(`${task}/wchan`);
  const call = waitingCall(Number(words[0]));
  const args = words.slice(1, 7).map(BigInt);
  switch (call?.kind) {
    case 'open': {
      if (kernel !== OPENING) break;
      const directory = call.directory === undefined ? AT_FDCWD : toInt32(args[call.directory]!);
      return [
        { kind: 'openFifo', path: resolve(directoryOf(pid, directory), memory.readText(args[call.path]!)) },
      ];
    }
    case 'read': {
      const file = openFile(pid, toInt32(args[call.fd]!));
      if (file?.isPipe && file.isNamed) return [{ kind: 'readFifo', path: file.path }];
      break;
    }
    case 'write': {
      const file = openFile(pid, toInt32(args[call.fd]!));
      if (file?.isPipe) return [{ kind: 'writePipe', path: file.path }];
      break;
    }
    case 'poll':
    case 'select':
    case 'epoll':
    case 'sleep': {
      const fifos = polledDescriptors(call.kind, pid, args, memory).map((fd) => openFile(pid, fd));
      const named = fifos.filter((file) => file?.isPipe && file.isNamed);
      if (named.length > 0) return named.map((file) => ({ kind: 'readFifo', path: file!.path }));
      return [{ kind: 'sleep', names: [], hosts: [] }];
    }
    case undefined:
      break;
  }
  if (kernel === FOR_CHILD) return [{ kind: 'child', names: [], hosts: [] }];
  return kernel === '' ? [] : [{ kind: 'other', kernel }];
}

function polledDescriptors(
  kind: 'poll' | 'select' | 'epoll' | 'sleep',
  pid: number,
  args: readonly bigint[],
  memory: ProcessMemory,
): number[] {
  const [first, second] = [args[0]!, args[1]!];
  if (kind === 'epoll') return polledBy(pid, toInt32(first));
  if (kind === 'poll') {
    const count = Math.min(Number(second), MOST_POLLED);
    const entries = memory.read(first, count * POLL_ENTRY_BYTES);
    return range(Math.floor(entries.length / POLL_ENTRY_BYTES)).map((at) =>
      entries.readInt32LE(at * POLL_ENTRY_BYTES),
    );
  }
  if (kind === 'select') {
    const count = Math.min(Number(first), MOST_POLLED);
    const bits = second === 0n ? Buffer.alloc(0) : memory.read(second, Math.ceil(count / 64) * 8);
    return range(count).filter((fd) => ((bits[fd >> 3] ?? 0) & (1 << (fd & 7))) !== 0);
  }
  return [];
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function toInt32(word: bigint): number {
  return Number(BigInt.asIntN(32, word));
}

/** What has ended, and what this user may not see, is empty; so is 0, the kernel's word for nothing. */
function read(path: string): string {
  try {
    const text = readFileSync(path, 'latin1').trim();
    return text === '0' ? '' : text;
  } catch {
    return '';
  }
}
