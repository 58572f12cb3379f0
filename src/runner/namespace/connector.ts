import type { Socket } from 'node:net';

import type { ConnectLimits } from '../until-connected.js';
import { ConnectingProcess, notConnecting } from './connecting-process.js';
import { OWN_ADDRESS } from './own-network.js';

/**
 * Connects to what listens in the network of a program. A process in that network does it: from then on the socket is like
 * any other of ours, and as fast. If somebody kills that process, there is another one.
 */
export class Connector {
  readonly #nsenter: string;
  readonly #args: readonly string[];
  #process: ConnectingProcess;
  #isClosed = false;

  /** @param pid - of whoever is in the network, and in the user namespace that it belongs to */
  constructor(nsenter: string, pid: number, inUserNamespace: boolean) {
    const user = inUserNamespace ? ['--user', '--preserve-credentials'] : [];
    this.#nsenter = nsenter;
    this.#args = ['--target', String(pid), ...user, '--net'];
    this.#process = this.#begin(); // it takes its time to start
  }

  /** @throws the system's error; `ETIMEDOUT`; {@link PipeModeError} `RUNNER_FAILED`; the signal's reason */
  async connect(port: number, limits: ConnectLimits): Promise<Socket> {
    limits.signal?.throwIfAborted();
    const asked = this.#process;
    try {
      return await this.#connectBy(asked, port, limits);
    } catch (error) {
      if (!asked.hasEnded || this.#isClosed) throw error;
      if (this.#process === asked) this.#process = this.#begin();
      return await this.#connectBy(this.#process, port, limits);
    }
  }

  /** To be called when the program has ended: its number may be another one's then. Resolves when nothing is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#process.close();
  }

  #begin(): ConnectingProcess {
    return new ConnectingProcess(this.#nsenter, this.#args);
  }

  async #connectBy(process: ConnectingProcess, port: number, limits: ConnectLimits): Promise<Socket> {
    if (this.#isClosed) throw notConnecting('the program has ended');
    return await process.connect({ host: OWN_ADDRESS, port }, limits);
  }
}
