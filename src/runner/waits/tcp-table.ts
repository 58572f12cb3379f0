import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** 127.0.0.1 as /proc/net/tcp has it, on machines whose lowest byte comes first; and in /proc/net/tcp6. */
const LOCALHOST = /^(?:0100007F|0{24}01000000|0{16}FFFF00000100007F)$/;

/** One end of a TCP connection. */
export interface TcpEnd {
  readonly isLocalhost: boolean;
  readonly port: number;
}

/** A TCP socket of a process. */
export interface TcpSocket {
  readonly state: 'established' | 'listening' | 'other';
  readonly local: TcpEnd;
  readonly remote: TcpEnd;
}

/** The TCP sockets that a process has open. */
export function tcpSocketsOf(pid: number): TcpSocket[] {
  const sockets = socketsOf(pid);
  if (sockets.size === 0) return [];
  return ['tcp', 'tcp6'].flatMap((table) => tableOf(`/proc/${pid}/net/${table}`, sockets));
}

function tableOf(path: string, sockets: ReadonlySet<string>): TcpSocket[] {
  return linesOf(path).flatMap((line) => {
    const [, local = '', remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
    if (!sockets.has(inode)) return [];
    return [{ state: nameOf(state), local: endOf(local), remote: endOf(remote) }];
  });
}

function nameOf(state: string | undefined): TcpSocket['state'] {
  if (state === '01') return 'established';
  return state === '0A' ? 'listening' : 'other';
}

function endOf(text: string): TcpEnd {
  const [address = '', port = ''] = text.split(':');
  return { isLocalhost: LOCALHOST.test(address), port: parseInt(port, 16) };
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
