// A program of its own, in a network that we are not in: it connects there, and hands the connected sockets over. Their
// bytes do not go through it.
import { connect } from 'node:net';

import { untilConnected } from '../until-connected.js';
import type { ConnectAnswer, ConnectRequest } from './connect-messages.js';

process.on('disconnect', () => process.exit()); // nobody wants anything any more
process.on('message', (request: ConnectRequest) => void answer(request));

/** The time is taken here: how long it takes to be asked, and to be heard, is not the server's. */
async function answer({ id, host, port, timeoutMs }: ConnectRequest): Promise<void> {
  const socket = connect({ host, port, allowHalfOpen: true });
  socket.pause(); // not a byte of it is for us
  try {
    await untilConnected(socket, { host, port }, { timeoutMs });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    process.send!({ id, error: { message, code } } satisfies ConnectAnswer);
    return;
  }
  process.send!({ id } satisfies ConnectAnswer, socket);
}
