import { Channel } from './channel.js';
import type { ChannelOptions } from './options.js';

/**
 * Makes a channel. Nothing happens before its `start()`.
 *
 * @throws {@link PipeModeError} `INVALID_CHANNEL_NAME`, `INVALID_EPOCHS`, `INVALID_OPTION`, `UNKNOWN_OPTION`,
 * `S3_INVALID_URI`, `PIPE_MODE_ONLY`.
 *
 * @example Three epochs of a directory, one RecordIO record per file
 * ```ts
 * import { createChannel } from 'sagemaker-pipe-mode';
 *
 * await using channel = createChannel({
 *   name: 'training',
 *   source: './data/training',
 *   dest: '/opt/ml/input/data',
 *   recordio: true,
 *   epochs: 3,
 * });
 * channel.on('epochEnd', ({ epoch, bytes, outcome }) => console.log(epoch, bytes, outcome));
 * await channel.start(); // /opt/ml/input/data/training_0 exists now
 * await channel.finished();
 * ```
 */
export function createChannel(options: ChannelOptions): Channel {
  return new Channel(options);
}
