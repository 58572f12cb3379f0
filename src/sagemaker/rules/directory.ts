import { isLocal } from '../location.js';
import { unexpected } from '../problems.js';
import type { ChannelRule } from './rule.js';

/** The directory of a file system is one of this machine here. */
export const localDirectory: ChannelRule = function* (channel, path) {
  const directory = channel.DataSource?.FileSystemDataSource?.DirectoryPath;
  if (directory === undefined || isLocal(directory)) return;
  const rule = 'the path of a directory of this machine, or a file:// URL with an absolute path';
  yield unexpected(`${path}DataSource.FileSystemDataSource.DirectoryPath`, directory, rule);
};
