import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

import { statusOf } from './processes.js';

/**
 * This process, as no other is called, for whatever it makes that stays when it is killed: its machine's boot (or name), its
 * PID namespace, its user, its number and when it began.
 */
export function ownName(): string {
  return [machine(), pidNamespace(), userId(), process.pid, statusOf(process.pid)?.startTime ?? ''].join(':');
}

/**
 * Whether a process that has made something is certainly gone. Of those that cannot be seen from here, which may be
 * other machines, other containers and other users, nothing is certain.
 *
 * @param isStill - whether what it has made is of this machine and does nothing, as after the machine was started anew
 */
export function isGone(owner: string, isStill: boolean): boolean {
  const [boot, namespace, user, pid, startTime] = owner.split(':');
  if (user !== String(userId()) && userId() !== 0) return false;
  if (boot !== machine()) return isStill;
  if (namespace !== pidNamespace()) return false;
  if (startTime !== '') return statusOf(Number(pid))?.startTime !== startTime;
  return !isRunning(Number(pid));
}

function machine(): string {
  return read('/proc/sys/kernel/random/boot_id') || hostname().replaceAll(/[^\w.-]|_/g, '-');
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '';
  }
}

function userId(): number {
  return process.getuid?.() ?? 0;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
