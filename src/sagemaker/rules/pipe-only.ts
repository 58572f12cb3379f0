import { refused } from '../problems.js';
import type { ChannelRule } from './rule.js';

/**
 * API reference, Channel: "CompressionType is used only in Pipe input mode. In File mode, leave this field unset or set it
 * to None", and the same of RecordWrapperType. FastFile shows the objects as files, too.
 */
export const pipeOnly: ChannelRule = function* (channel, path, mode) {
  if (!isFiles(mode)) return;
  const advice = 'Leave it unset or set it to None, or use Pipe mode.';
  const reason = `it is used only in Pipe mode, and the channel's input mode is ${mode}. ${advice}`;
  if (channel.CompressionType === 'Gzip')
    yield refused(`${path}CompressionType`, channel.CompressionType, reason);
  if (channel.RecordWrapperType === 'RecordIO')
    yield refused(`${path}RecordWrapperType`, channel.RecordWrapperType, reason);
};

/** Not merely "is not Pipe": a mode that is misspelt is one problem, and not two. */
function isFiles(mode: string): boolean {
  return mode === 'File' || mode === 'FastFile';
}
