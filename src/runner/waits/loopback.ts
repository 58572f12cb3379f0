import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import type { LoopbackConnection } from '../runner.js';

/** 127.0.0.1 as /proc/net/tcp has it, on machines whose lowest byte comes first; and in /proc/net/tcp6. */
const LOCALHOST = /^(?:0100007F|0{24}01000000|0{16}FFFF00000100007F)$/;
const ESTABLISHED = '01';

/** The connections of a process to 127.0.0.1 or ::1, whoever is at the other end. */
export function loopbackConnectionsOf(pid: number): LoopbackConnection[] {
  const sockets = socketsOf(pid);
  if (sockets.size === 0) return [];
  return ['tcp', 'tcp6'].flatMap((table) => connectionsIn(`/proc/${pid}/net/${table}`, sockets));
}

function connectionsIn(table: string, sockets: ReadonlySet<string>): LoopbackConnection[] {
  return linesOf(table).flatMap((line) => {
    const [, local = '', remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
    if (state !== ESTABLISHED || !sockets.has(inode)) return [];
    const [localAddress = '', localPort = ''] = local.split(':');
    const [remoteAddress = '', remotePort = ''] = remote.split(':');
    if (!LOCALHOST.test(localAddress) || !LOCALHOST.test(remoteAddress)) return [];
    return [{ localPort: parseInt(localPort, 16), remotePort: parseInt(remotePort, 16) }];
  });
}

/** The numbers of the sockets that a process has open. */
function socketsOf(pid: number): Set<string> {
  const directory = `/proc/${pid}/fd`;
  const numbers = namesIn(directory).flatMap((fd) => {
    const socket = /^socket:\[(\d+)\]$/.exec(target(`${directory}/${fd}`));
    return socket === null ? [] : [socket[1]!];
  });
  return new Set(numbers);
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n').slice(1);
  } catch {
    return [];
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
