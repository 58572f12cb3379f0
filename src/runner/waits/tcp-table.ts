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

/**
 * The TCP sockets that a process has open. The kernel gives the table in pieces: where others open and close theirs meanwhile,
 * a line may come twice, and one may be missing.
 */
export function tcpSocketsOf(pid: number): TcpSocket[] {
  const open = socketsOf(pid);
  const found = new Map<string, TcpSocket>();
  if (open.size === 0) return [];
  for (const line of ['tcp', 'tcp6'].flatMap((table) => linesOf(`/proc/${pid}/net/${table}`))) {
    const [, local = '', remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
    if (open.has(inode))
      found.set(inode, { state: nameOf(state), local: endOf(local), remote: endOf(remote) });
  }
  return [...found.values()];
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
