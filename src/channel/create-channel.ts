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
 * const channel = createChannel({
 *   name: 'training',
 *   source: './data/training',
 *   dest: './ml/input/data', // in a SageMaker container: /opt/ml/input/data
 *   recordio: true,
 *   epochs: 3,
 * });
 * channel.on('epochEnd', ({ epoch, bytes, outcome }) => console.log(epoch, bytes, outcome));
 * await channel.start(); // ml/input/data/training_0 exists now
 * await channel.finished(); // an algorithm has read training_0, training_1 and training_2
 * ```
 */
export function createChannel(options: ChannelOptions): Channel {
  return new Channel(options);
}
