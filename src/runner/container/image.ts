import type Docker from 'dockerode';

import { PipeModeError } from '../../errors.js';
import type { PrepareOptions } from '../runner.js';
import { ask, type Engine, reasonOf, statusOf } from './engine.js';
import { registryLogin } from './registry-login.js';

/** What the engine says while it pulls. */
interface PullEvent {
  readonly id?: string;
  readonly status?: string;
  readonly error?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

/**
 * Looks at an image, which is pulled if the engine does not have it.
 *
 * @throws {@link PipeModeError} `RUNNER_UNAVAILABLE`, `IMAGE_NOT_FOUND`, `IMAGE_PULL_FAILED`; the signal's reason
 */
export async function haveImage(
  engine: Engine,
  image: string,
  options: PrepareOptions,
): Promise<Docker.ImageInspectInfo> {
  const look = () => ask(engine, engine.docker.getImage(image).inspect());
  try {
    return await look();
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  await pull(engine, image, options);
  return await look();
}

async function pull(engine: Engine, image: string, { signal, onDownload }: PrepareOptions): Promise<void> {
  signal?.throwIfAborted();
  onDownload?.({ image, bytes: 0, totalBytes: 0 });
  const authconfig = await registryLogin(image);
  try {
    const events = await ask(engine, engine.docker.pull(image, { authconfig, abortSignal: signal }));
    await followPull(events as AsyncIterable<Buffer>, (event, bytes, totalBytes) => {
      if (event.error !== undefined) throw pullFailed(engine, image, event.error, undefined);
      onDownload?.({ image, bytes, totalBytes });
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw statusOf(error) === undefined ? error : pullFailed(engine, image, reasonOf(error), error);
  }
}

/** The engine reports each layer for itself. */
async function followPull(
  events: AsyncIterable<Buffer>,
  report: (event: PullEvent, bytes: number, totalBytes: number) => void,
): Promise<void> {
  const layers = new Map<string, { readonly current: number; readonly total: number }>();
  let rest = '';
  for await (const chunk of events) {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop()!;
    for (const line of lines.filter((each) => each.trim() !== '')) {
      const event = JSON.parse(line) as PullEvent;
      const { current, total } = event.progressDetail ?? {};
      if (event.status === 'Downloading' && event.id !== undefined)
        layers.set(event.id, { current: current ?? 0, total: total ?? 0 });
      const sums = [...layers.values()];
      const sum = (of: 'current' | 'total') => sums.reduce((all, layer) => all + layer[of], 0);
      report(event, sum('current'), sum('total'));
    }
  }
}

function pullFailed({ address }: Engine, image: string, said: string, cause: unknown): PipeModeError {
  const where = `the engine at ${address.url}`;
  if (/not found|manifest unknown|does not exist|repository name not known|denied/i.test(said))
    return new PipeModeError(
      'IMAGE_NOT_FOUND',
      `There is no image "${image}": ${where} does not have it, and its registry does not give it: ${said}. ` +
        `Check its name (\`docker images\`), build it, or log in to its registry (\`docker login\`).`,
      { cause },
    );
  return new PipeModeError(
    'IMAGE_PULL_FAILED',
    `The image "${image}" is not there, and cannot be pulled: ${where} says: ${said}. Try \`docker pull ${image}\`, or ` +
      `load it with \`docker load\`.`,
    { cause },
  );
}
