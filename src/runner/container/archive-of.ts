import type Docker from 'dockerode';
import { addAbortSignal, type Readable } from 'node:stream';

import { ask, type Engine, statusOf } from './engine.js';

/**
 * What a container has at a path, as an archive; `undefined` if there is nothing. Engines let nothing else be done to the
 * container until it was read or given up.
 *
 * @throws {@link PipeModeError} `RUNNER_UNAVAILABLE`
 */
export async function archiveOf(
  engine: Engine,
  container: Docker.Container,
  path: string,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  try {
    const stream = (await ask(engine, container.getArchive({ path }))) as unknown as Readable;
    if (signal !== undefined) addAbortSignal(signal, stream);
    return stream;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
