import type { Socket } from 'node:net';

import { LateTimer } from '../abort/late-timer.js';
import { onAbort } from '../abort/on-abort.js';

/** What a program is connected to. */
export interface ConnectTarget {
  readonly host: string;
  readonly port: number;
}

/** How long to wait for a connection. */
export interface ConnectLimits {
  /**
   * How long it may take until it is accepted, in milliseconds above 0, or `Infinity`, the default. Only that counts: not
   * what it takes here to get there.
   */
  readonly timeoutMs?: number | undefined;
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until a socket that has just begun to connect is accepted. Otherwise it is destroyed.
 *
 * @throws the system's error; `ETIMEDOUT` when the time is over; the signal's reason
 */
export async function untilConnected(
  socket: Socket,
  { host, port }: ConnectTarget,
  { timeoutMs = Infinity, signal }: ConnectLimits,
): Promise<void> {
  const timer =
    timeoutMs === Infinity
      ? undefined
      : new LateTimer(timeoutMs, () => socket.destroy(timedOut(`${host}:${port}`, timeoutMs)));
  const unwatch = signal && onAbort(signal, () => socket.destroy(signal.reason as Error));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve();
      });
    });
  } finally {
    timer?.cancel();
    unwatch?.();
  }
}

/** As the system's own, which takes minutes. */
function timedOut(address: string, ms: number): Error {
  const message = `connect ETIMEDOUT ${address} within ${ms} ms`;
  return Object.assign(new Error(message), { code: 'ETIMEDOUT', syscall: 'connect' });
}
