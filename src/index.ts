/**
 * Channels: what streams a source into FIFOs, epoch after epoch, and what it is made of.
 *
 * @packageDocumentation
 * @module sagemaker-pipe-mode
 */
export type { Body, BodyPart, FetchedRange, FileRange, LocalPart } from './body/body.js';
export type {
  ChannelDefinition,
  DataSourceDefinition,
  FileSystemDataSourceDefinition,
  OneOf,
  S3DataSourceDefinition,
  ShuffleConfigDefinition,
} from './sagemaker/channel-definition.js';
export { fromChannel, type FromChannelOptions } from './sagemaker/from-channel.js';
export { createChannel } from './channel/create-channel.js';
export type { Channel } from './channel/channel.js';
export { type OpenChannel, openChannels } from './channel/name-claims.js';
export {
  type ChannelGroup,
  type ChannelGroupEvents,
  type ChannelGroupOptions,
  createChannels,
  type GroupedChannelOptions,
  type GroupOfChannels,
  type GroupOfDirectories,
  type OptionsWithout,
} from './channel/group.js';
export type { ChannelEmitter, ChannelEvents } from './channel/events.js';
export type { EpochEndEvent, EpochOutcome, EpochStartEvent, ObjectEvent } from './delivery/events.js';
export type {
  ChannelOptions,
  CommonOptions,
  FileModeOptions,
  InputMode,
  PipeModeOptions,
} from './channel/options.js';
export type { ChannelState, ChannelStats } from './stats.js';
export {
  PipeModeError,
  type PipeModeErrorCode,
  type PipeModeErrorDetails,
  type RequestProblem,
} from './errors.js';
export { FifoSink, type FifoSinkOptions } from './fifo/fifo-sink.js';
export { fileSource } from './source/file/file.js';
export {
  type AugmentedManifestOptions,
  augmentedManifestSource,
} from './source/manifest/augmented-source.js';
export { manifestSource } from './source/manifest/manifest-source.js';
export type { ManifestOptions } from './source/manifest/options.js';
export { type MemoryObject, memorySource } from './source/memory.js';
export type { S3SourceOptions } from './source/s3/options.js';
export { s3Source } from './source/s3/s3-source.js';
export { sharded, type ShardOptions } from './source/sharded.js';
export { shuffled, type ShuffleOptions } from './source/shuffled.js';
export type {
  EpochContext,
  MemoryLimit,
  OpenContext,
  Source,
  SourceIndex,
  SourceObject,
} from './source/source.js';
export { gunzip } from './transform/gunzip.js';
export { recordio } from './transform/recordio.js';
export type { Transform } from './transform/transform.js';
