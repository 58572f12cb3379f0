import { PipeModeError } from '../errors.js';
import { parseFifoName } from '../fs/fifo-name.js';
import { resolveDirectory } from '../options/location.js';
import type { ChannelOptions, InputMode } from './options.js';

/** What a channel's paths depend on. */
export interface NamedChannel {
  readonly name: string;
  readonly inputMode?: InputMode | undefined;
}

/**
 * Refuses channels whose paths are the same, although their names are not: the directory of a File channel
 * "train_0" is the first FIFO of a Pipe channel "train".
 *
 * @throws {@link PipeModeError} `CHANNEL_NAME_CLASH`
 */
export function refuseClashes(channels: readonly ChannelOptions[]): void {
  const placed = channels.map((channel) => ({ ...channel, directory: directoryOf(channel) }));
  for (const file of placed) {
    if (file.directory === undefined) continue;
    const pipe = placed.find((each) => each.directory === file.directory && clash(file, each));
    if (pipe) throw nameClash(file.name, pipe.name, file.directory);
  }
}

/** `undefined` for what is no path, which the channel refuses. */
function directoryOf({ dest }: ChannelOptions): string | undefined {
  try {
    return resolveDirectory('dest', dest);
  } catch {
    return undefined;
  }
}

/** Whether the first is a File channel whose directory is a FIFO of the second, a Pipe channel, in some epoch. */
export function clash(file: NamedChannel, pipe: NamedChannel): boolean {
  return isFile(file) && !isFile(pipe) && parseFifoName(file.name)?.channel === pipe.name;
}

export function nameClash(file: string, pipe: string, dest: string): PipeModeError {
  return new PipeModeError(
    'CHANNEL_NAME_CLASH',
    `The File channel "${file}" and the Pipe channel "${pipe}" cannot both be in "${dest}": the directory of the one, ` +
      `"${file}", is the FIFO of epoch ${file.slice(pipe.length + 1)} of the other. SageMaker puts them in the same ` +
      `place too. Rename one of the channels.`,
    { channel: file, path: dest },
  );
}

function isFile({ inputMode = 'Pipe' }: NamedChannel): boolean {
  return inputMode !== 'Pipe';
}
