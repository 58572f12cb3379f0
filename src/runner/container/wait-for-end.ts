import type Docker from 'dockerode';
import { setTimeout as delay } from 'node:timers/promises';

import { statusOf } from './engine.js';

/** What dockerode sends requests with. */
interface Modem {
  dial(
    request: {
      readonly path: string;
      readonly method: 'POST';
      readonly isStream: true;
      readonly statusCodes: Readonly<Record<number, true | string>>;
    },
    callback: (error: Error | null, answer: AsyncIterable<Buffer>) => void,
  ): void;
}

/** How long to wait before an engine is asked again, in milliseconds. */
const ASK_AGAIN_MS = 200;

/** How long an engine may be away, in milliseconds: one that is started again takes some seconds to come back. */
const AWAY_MS = 10_000;

/**
 * What has become of a container, when it has ended. A connection that waits may be cut while the engine goes on, and the
 * engine may be away for a while.
 *
 * @param goesOn - whether the container is known to run, whatever the engine says: then it is waited for
 * @throws what the engine answers of a container that is not there; why it does not answer any more
 */
export async function stateAtEnd(
  container: Docker.Container,
  goesOn: () => boolean,
): Promise<Docker.ContainerInspectInfo['State']> {
  let awaySince: number | undefined;
  for (;;) {
    try {
      await waitForEnd(container).catch(() => undefined); // why it was cut, the next answer tells
      const { State: state } = await container.inspect();
      if (!state.Running) return state;
      awaySince = undefined;
    } catch (error) {
      awaySince ??= performance.now();
      const isLost = performance.now() - awaySince > AWAY_MS && !goesOn();
      if (isLost || statusOf(error) === 404) throw error;
    }
    await delay(ASK_AGAIN_MS);
  }
}

/**
 * Resolves when a container has ended. `container.wait()` does the same, but not if the engine goes away meanwhile: then it
 * neither resolves nor rejects. This rejects.
 */
async function waitForEnd(container: Docker.Container): Promise<void> {
  const modem = container.modem as Modem;
  const path = `/containers/${container.id}/wait`;
  const statusCodes = { 200: true, 404: 'no such container', 500: 'server error' } as const;
  const answer = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
    modem.dial({ path, method: 'POST', isStream: true, statusCodes }, (error, stream) => {
      if (error === null) resolve(stream);
      else reject(error);
    });
  });
  for await (const _ of answer); // its headers come at once, and the rest when it has ended
}
