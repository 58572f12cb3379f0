import type { Listener, LoopbackConnection } from '../runner.js';
import { tcpSocketsOf } from './tcp-table.js';

/** The connections of a process to 127.0.0.1 or ::1, whoever is at the other end. */
export function loopbackConnectionsOf(pid: number): LoopbackConnection[] {
  return tcpSocketsOf(pid).flatMap(({ state, local, remote }) =>
    state === 'established' && local.isLocalhost && remote.isLocalhost
      ? [{ localPort: local.port, remotePort: remote.port }]
      : [],
  );
}

/** What a process listens to. */
export function listenersOf(pid: number): Listener[] {
  return tcpSocketsOf(pid).flatMap(({ state, local: { port, isLocalhost } }) =>
    state === 'listening' ? [{ port, isLocalhost }] : [],
  );
}
