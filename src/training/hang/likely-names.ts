import { parsePath } from './epoch-name.js';
import { type HostSituation, wasOpened } from './situation.js';

/**
 * Of paths that are in a process's memory and lead nowhere, those that it may look for. The names of epochs that it has
 * read are still there, and so is what names are put together from: they count only if there is nothing else.
 */
export function likelyNames(paths: readonly string[], situation: HostSituation): readonly string[] {
  const named = paths.filter((path) => !path.endsWith('_') && !path.endsWith('/'));
  const unopened = named.filter((path) => {
    const pipe = parsePath(path, situation)?.pipe;
    if (pipe !== undefined) return !wasOpened(pipe.channel, pipe.epoch);
    // Clients know every channel as a directory, also in Pipe mode.
    return !situation.channels.some(({ name }) => path === `${situation.data}/${name}`);
  });
  return unopened.length > 0
    ? unopened
    : named.filter((path) => parsePath(path, situation)?.pipe !== undefined);
}
