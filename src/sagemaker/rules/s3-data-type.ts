import { missing, refused } from '../problems.js';
import type { ChannelRule } from './rule.js';

/**
 * API reference, S3DataSource: "AugmentedManifestFile can only be used if the Channel's input mode is Pipe", and its
 * AttributeNames are those "found in a specified augmented manifest file". AlgorithmSpecification has the same of FastFile
 * mode, which shows what is below a prefix.
 */
export const s3DataType: ChannelRule = function* (channel, path, mode) {
  const source = channel.DataSource?.S3DataSource;
  if (source === undefined) return;
  const { S3DataType: type, AttributeNames: names = [] } = source;
  const at = `${path}DataSource.S3DataSource`;
  if (type === 'AugmentedManifestFile') {
    if (mode === 'File' || mode === 'FastFile') {
      const reason = `an augmented manifest can only be used if the channel's input mode is Pipe, and it is ${mode}.`;
      yield refused(`${at}.S3DataType`, type, reason);
    }
    if (names.length === 0) {
      const advice = 'An augmented manifest needs AttributeNames, the attributes to send of every line.';
      yield missing(`${at}.AttributeNames`, advice);
    }
  } else if (names.length > 0 && (type === 'S3Prefix' || type === 'ManifestFile')) {
    const reason = `it can only be used with the S3DataType AugmentedManifestFile, and that is ${type}.`;
    yield refused(`${at}.AttributeNames`, source.AttributeNames, reason);
  }
  if (type === 'ManifestFile' && mode === 'FastFile') {
    const reason =
      'FastFile mode needs an S3Prefix: it shows what is below a prefix, not the objects that a manifest lists.';
    yield refused(`${at}.S3DataType`, type, reason);
  }
};

/** What is in AWS only. */
export const unavailableData: ChannelRule = function* (channel, path) {
  const source = channel.DataSource?.S3DataSource;
  const at = `${path}DataSource.S3DataSource`;
  if (source?.S3DataType === 'Converse') {
    const reason =
      'this is for fine-tuning foundation models, and not supported here. Use S3Prefix, ManifestFile or AugmentedManifestFile.';
    yield refused(`${at}.S3DataType`, source.S3DataType, reason);
  }
  if (source?.HubAccessConfig !== undefined) {
    const reason =
      'models of a JumpStart hub cannot be had outside AWS. Leave it out, and name the objects with S3Uri.';
    yield refused(`${at}.HubAccessConfig`, source.HubAccessConfig, reason);
  }
};
