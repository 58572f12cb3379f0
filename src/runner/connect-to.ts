import { connect, type Socket } from 'node:net';

import { type ConnectLimits, type ConnectTarget, untilConnected } from './until-connected.js';

/** A connection from this machine's own network. @throws as {@link untilConnected} */
export async function connectTo(target: ConnectTarget, limits: ConnectLimits): Promise<Socket> {
  limits.signal?.throwIfAborted();
  const socket = connect(target);
  await untilConnected(socket, target, limits);
  return socket;
}
