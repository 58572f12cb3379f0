import { once } from 'node:events';
import { createServer } from 'node:net';

import { PORT, portInUse } from './serving-errors.js';

/** Makes sure that nobody listens to that port of this machine. @throws {@link PipeModeError} `PORT_IN_USE` */
export async function checkPortIsFree(): Promise<void> {
  const server = createServer();
  try {
    server.listen({ port: PORT, host: '0.0.0.0' });
    await once(server, 'listening');
  } catch (cause) {
    throw portInUse(cause);
  }
  server.close();
  await once(server, 'close');
}
