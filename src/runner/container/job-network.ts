import { randomBytes } from 'node:crypto';

import { ownName } from '../owner.js';
import { ask, type Engine } from './engine.js';
import { OWNER } from './owner-label.js';
import { removeNetwork } from './sweep.js';

/** The network of the hosts of a job, on which they find each other by their names. There as long as somebody is on it. */
export class JobNetwork {
  #made: Promise<string> | undefined;
  #users = 0;

  /** Its id. Whoever joins has to leave. */
  async join(engine: Engine): Promise<string> {
    this.#users++;
    this.#made ??= make(engine);
    try {
      return await this.#made;
    } catch (error) {
      this.#users--;
      this.#made = undefined;
      throw error;
    }
  }

  async leave(engine: Engine): Promise<void> {
    if (--this.#users > 0) return;
    const id = await this.#made!;
    this.#made = undefined;
    await removeNetwork(engine, id);
  }
}

async function make(engine: Engine): Promise<string> {
  const Name = `sagemaker-pipe-mode-${randomBytes(6).toString('hex')}`;
  const network = await ask(engine, engine.docker.createNetwork({ Name, Labels: { [OWNER]: ownName() } }));
  return network.id;
}
