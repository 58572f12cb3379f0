import type { LoopbackConnection } from '../runner/runner.js';

/** Two hosts that talk to each other by way of 127.0.0.1. */
export interface HostsByLocalhost {
  readonly from: string;
  readonly to: string;
  /** The lower one of the two ports: mostly the server's. */
  readonly port: number;
}

/** The connections whose ends are on different hosts. Here both are on this machine, in the cloud they are not. */
export function hostsByLocalhost(
  connections: ReadonlyMap<string, readonly LoopbackConnection[]>,
): readonly HostsByLocalhost[] {
  const found = new Map<string, HostsByLocalhost>();
  for (const [from, ours] of connections) {
    for (const connection of ours) {
      const to = ownerOfOtherEnd(connection, from, connections);
      if (to === undefined) continue;
      const pair = [from, to].sort();
      const port = Math.min(connection.localPort, connection.remotePort);
      found.set(`${pair.join()} ${port}`, { from: pair[0]!, to: pair[1]!, port });
    }
  }
  return [...found.values()];
}

/** `undefined` if that is the same host, or none. */
function ownerOfOtherEnd(
  { localPort, remotePort }: LoopbackConnection,
  host: string,
  connections: ReadonlyMap<string, readonly LoopbackConnection[]>,
): string | undefined {
  const has = (name: string) =>
    connections.get(name)!.some((each) => each.localPort === remotePort && each.remotePort === localPort);
  return has(host) ? undefined : [...connections.keys()].find(has);
}
