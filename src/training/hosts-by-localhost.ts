import type { Listener, LoopbackConnection } from '../runner/runner.js';

/** Two hosts that talk to each other by way of 127.0.0.1. */
export interface HostsByLocalhost {
  readonly from: string;
  readonly to: string;
  /** The server's; the lower one of the two ports if neither was seen to be listened to. */
  readonly port: number;
  readonly isListenedTo: boolean;
}

/** What the program of a host has open. */
export interface HostSockets {
  readonly connections: readonly LoopbackConnection[];
  readonly listeners: readonly Listener[];
}

/** The connections whose ends are on different hosts. Here both are on this machine, in the cloud they are not. */
export function hostsByLocalhost(sockets: ReadonlyMap<string, HostSockets>): readonly HostsByLocalhost[] {
  const found = new Map<string, HostsByLocalhost>();
  for (const [from, ours] of sockets) {
    for (const connection of ours.connections) {
      const to = ownerOfOtherEnd(connection, from, sockets);
      if (to === undefined) continue;
      const server = serverOf(connection, ours, sockets.get(to)!);
      const pair = [from, to].sort();
      found.set(`${pair.join()} ${server.port}`, { from: pair[0]!, to: pair[1]!, ...server });
    }
  }
  return [...found.values()];
}

/** `undefined` if that is the same host, or none. */
function ownerOfOtherEnd(
  { localPort, remotePort }: LoopbackConnection,
  host: string,
  sockets: ReadonlyMap<string, HostSockets>,
): string | undefined {
  const has = (name: string) =>
    sockets
      .get(name)!
      .connections.some((each) => each.localPort === remotePort && each.remotePort === localPort);
  return has(host) ? undefined : [...sockets.keys()].find(has);
}

function serverOf(
  { localPort, remotePort }: LoopbackConnection,
  ours: HostSockets,
  theirs: HostSockets,
): Pick<HostsByLocalhost, 'port' | 'isListenedTo'> {
  const listens = ({ listeners }: HostSockets, to: number) => listeners.some(({ port }) => port === to);
  if (listens(ours, localPort)) return { port: localPort, isListenedTo: true };
  if (listens(theirs, remotePort)) return { port: remotePort, isListenedTo: true };
  return { port: Math.min(localPort, remotePort), isListenedTo: false };
}
