import type Docker from 'dockerode';

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

/**
 * Resolves when a container has ended. `container.wait()` does the same, but not if the engine goes away meanwhile: then it
 * neither resolves nor rejects. This rejects.
 */
export async function waitForEnd(container: Docker.Container): Promise<void> {
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
