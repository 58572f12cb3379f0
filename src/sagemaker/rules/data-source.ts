import { refused, unexpected } from '../problems.js';
import type { ChannelRule } from './rule.js';

const KINDS = ['S3DataSource', 'FileSystemDataSource', 'DatasetSource'] as const;

/**
 * A channel has one location (API reference, DataSource: "the location of the channel data"). Mounting a file system is
 * File mode (Developer Guide, Access Training Data: EFS and FSx are listed under File mode, and Pipe and FastFile mode
 * have "an Amazon S3 data source").
 */
export const oneDataSource: ChannelRule = function* (channel, path, mode) {
  const source = channel.DataSource;
  if (source === undefined) return;
  const at = `${path}DataSource`;
  const given = KINDS.filter((kind) => source[kind] !== undefined);
  if (given.length !== 1) {
    const has = given.length === 0 ? 'none' : given.join(' and ');
    yield unexpected(at, source, `exactly one of ${KINDS.join(', ')}`, `It has ${has}.`);
  }
  if (source.DatasetSource !== undefined) {
    const reason = 'a dataset resource cannot be had outside AWS. Name its objects with S3DataSource.';
    yield refused(`${at}.DatasetSource`, source.DatasetSource, reason);
  }
  if (source.FileSystemDataSource !== undefined && (mode === 'Pipe' || mode === 'FastFile')) {
    const reason = `it is mounted, which is File mode, and the channel's input mode is ${mode}.`;
    yield refused(`${at}.FileSystemDataSource`, source.FileSystemDataSource, reason);
  }
};

/** API reference, ShuffleConfig: what it shuffles are keys, entries of a manifest, or lines of an augmented manifest. */
export const shuffledSource: ChannelRule = function* (channel, path) {
  const source = channel.DataSource;
  if (channel.ShuffleConfig === undefined || source?.FileSystemDataSource === undefined) return;
  if (source.S3DataSource !== undefined) return; // two sources are the problem then
  const reason =
    'it shuffles what an S3DataSource lists, and a file system is mounted as it is. Leave it out.';
  yield refused(`${path}ShuffleConfig`, channel.ShuffleConfig, reason);
};
