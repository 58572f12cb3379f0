import { existsSync } from 'node:fs';
import { types } from 'node:util';

import * as main from 'sagemaker-pipe-mode';
import type {
  AugmentedManifestOptions,
  ChannelDefinition,
  ChannelGroupOptions,
  ChannelOptions,
  DataSourceDefinition,
  FifoSinkOptions,
  FileSystemDataSourceDefinition,
  FromChannelOptions,
  MemoryObject,
  S3DataSourceDefinition,
  ManifestOptions,
  S3SourceOptions,
  ShardOptions,
  ShuffleOptions,
  Source,
  SourceObject,
} from 'sagemaker-pipe-mode';
import * as reader from 'sagemaker-pipe-mode/reader';
import type { ReadEpochsOptions } from 'sagemaker-pipe-mode/reader';
import * as recordioFormat from 'sagemaker-pipe-mode/recordio';
import type { RecordInput } from 'sagemaker-pipe-mode/recordio';
import * as serving from 'sagemaker-pipe-mode/serving';
import type {
  CommonEndpointOptions,
  CommonTransformJobOptions,
  EndpointLimits,
  ServerCommandOptions,
  TransformImageOptions,
  TransformLimits,
} from 'sagemaker-pipe-mode/serving';
import * as testing from 'sagemaker-pipe-mode/testing';
import type { HarnessOptions } from 'sagemaker-pipe-mode/testing';
import * as training from 'sagemaker-pipe-mode/training';
import type {
  CommandOptions,
  CommonJobOptions,
  ContainerOptions,
  ImageOptions,
} from 'sagemaker-pipe-mode/training';

/** Whether a value is right, said in another way than the code does. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever it is, it is asked what it is
export type Rule = (value: any) => boolean;

/** A structure inside of an argument, by the names that lead to it, and what each of its fields may be. */
export interface Structure {
  readonly path: readonly string[];
  readonly fields: Readonly<Record<string, Rule>>;
  /** Whether names that are not among the fields are right, as in an object of values by their names. */
  readonly isOpen?: boolean;
}

/** One argument: a value that is right, and what others may be. */
export interface Argument {
  readonly right: unknown;
  readonly rule: Rule;
  readonly structures?: readonly Structure[];
}

/** A function and its arguments. What it makes is ended. */
export interface Signature {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- it is given what its type forbids
  readonly call: (...args: any[]) => unknown;
  readonly args: readonly Argument[];
}

/** The rules of all fields of a structure: the compiler misses one that is left out. */
type Fields<Options> = { readonly [Name in keyof Required<Options>]: Rule };

const never: Rule = () => false;
const optional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined || rule(value);
/** In AWS's documents. */
const orNull =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined || value === null || rule(value);
const integer =
  (from: number, to = Number.MAX_SAFE_INTEGER): Rule =>
  (value) =>
    Number.isSafeInteger(value) && value >= from && value <= to;
const oneOf =
  (...values: unknown[]): Rule =>
  (value) =>
    values.includes(value);
const text =
  (from: number, to: number): Rule =>
  (value) =>
    typeof value === 'string' && value.length >= from && value.length <= to;
const isWord: Rule = (value) => typeof value === 'string';
const isBoolean: Rule = (value) => typeof value === 'boolean';
const isName: Rule = (value) => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value);
const isFileUrl: Rule = (value) => isUrlOrString(value) && String(value) === 'file:///x';
const isS3Uri: Rule = (value) => isUrlOrString(value) && String(value) === 's3://bucket/x';
const isUrlOrString: Rule = (value) => typeof value === 'string' || value instanceof URL;
/** A path of this machine, or its URL. */
const isLocal: Rule = (value) =>
  isFileUrl(value) || (typeof value === 'string' && /^(?!s3:|file:|arn:aws|\w+:\/\/)[^\0]+$/i.test(value));
const isLocation: Rule = (value) => isLocal(value) || isS3Uri(value);
const isObject: Rule = (value) =>
  typeof value === 'object' &&
  value !== null &&
  !(value instanceof Error) &&
  ['Object', undefined].includes(value.constructor?.name === '' ? 'Object' : baseName(value));
export const isEmptyObject: Rule = (value) => isObject(value) && Object.keys(value as object).length === 0;
const isS3 = optional(isObject);
const isPayer = optional(oneOf('requester'));
const isSignal: Rule = (value) => value instanceof AbortSignal;
const isBytes: Rule = (value) => value instanceof Uint8Array;
const isEmpty: Rule = (value) => Array.isArray(value) && value.length === 0;
const isNames =
  (most: number, from: number): Rule =>
  (value) =>
    Array.isArray(value) &&
    value.length >= from &&
    value.length <= most &&
    [...value].every((name) => typeof name === 'string' && name !== '');

/** An object of a class of one's own counts as one of `Object`. */
function baseName(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return undefined;
  const isOwnClass = Object.getPrototypeOf(prototype) === Object.prototype && !isBuiltIn(value);
  return isOwnClass || prototype === Object.prototype || isPlain(prototype) ? 'Object' : 'something else';
}

function isPlain(prototype: unknown): boolean {
  return (
    Object.getPrototypeOf(prototype) === Object.prototype &&
    !Object.hasOwn(prototype as object, 'constructor')
  );
}

function isBuiltIn(value: object): boolean {
  return Object.prototype.toString.call(value) !== '[object Object]';
}

const source: Source = main.memorySource([{ key: 'a', body: 'a' }]);
const object: SourceObject = { key: 'a', size: 1, open: async function* () {} };

const sharedFields = {
  dest: isLocal,
  inputMode: optional(oneOf('Pipe')),
  gunzip: optional(isBoolean),
  recordio: optional(isBoolean),
  transforms: optional(
    (value) => Array.isArray(value) && [...value].every((transform) => typeof transform === 'function'),
  ),
  epochs: optional((value) => value === Infinity || integer(1)(value)),
  shuffle: optional(never),
  shard: optional(never),
  prefetchBytes: optional(integer(1024 * 1024)),
  s3: isS3,
  requestPayer: isPayer,
  mode: optional(integer(0, 0o777)),
  zeroCopy: optional(isBoolean),
  openTimeoutMs: optional((value) => typeof value === 'number' && value >= 1),
  stallTimeoutMs: optional((value) => typeof value === 'number' && value >= 1),
  signal: optional(isSignal),
};
const channelFields: Fields<ChannelOptions> = {
  ...sharedFields,
  name: isName,
  source: (value) => isLocation(value) || isEmpty(value),
};
const groupFields: Fields<ChannelGroupOptions> = {
  ...sharedFields,
  source: optional(never),
  channels: never,
};
const shuffleFields: Fields<ShuffleOptions> = {
  seed: (value) => integer(-Number.MAX_SAFE_INTEGER)(value) || typeof value === 'bigint',
};
/** Beside the index 0 and the count 2. */
const shardFields: Fields<ShardOptions> = { index: oneOf(0, -0, 1), count: integer(1) };
const sinkFields: Fields<FifoSinkOptions> = {
  path: (value) => value === '/x',
  mode: optional(integer(0, 0o777)),
  zeroCopy: optional(isBoolean),
};
const s3Fields: Fields<S3SourceOptions> = { s3: isS3, requestPayer: isPayer };
const commonFields: Fields<CommonJobOptions> = {
  channels: optional(isEmptyObject),
  baseDir: optional(isLocal),
  cwd: optional((value) => isLocal(value) && existsSync(value as string)),
  strict: optional(isBoolean),
  env: optional(isEmptyObject),
  directory: optional(isLocal),
  stopGraceMs: optional((value) => typeof value === 'number' && value >= 0),
  stalledAfterMs: optional((value) => typeof value === 'number' && value > 0),
  stallTimeoutMs: optional((value) => typeof value === 'number' && value > 0),
  ...s3Fields,
  signal: optional(isSignal),
};
const jobFields: Fields<CommonJobOptions & CommandOptions> = {
  ...commonFields,
  command: optional((value) => Array.isArray(value) && value.length > 0 && [...value].every(isWord)),
  isolation: optional(oneOf('namespace', 'none')),
  image: optional(never),
  container: optional(never),
};
const containerFields: Fields<ContainerOptions> = {
  engine: optional((value) => isWord(value) && (value as string).includes('://')),
  shmBytes: optional(integer(1)),
  memoryBytes: optional(integer(6 * 1024 * 1024)),
};
const imageFields: Fields<CommonJobOptions & ImageOptions> = {
  ...commonFields,
  command: optional(never),
  isolation: optional(never),
  image: optional((value) => isWord(value) && value !== '' && !(value as string).includes('\0')),
  container: optional(isEmptyObject),
};
const isTime: Rule = (value) => typeof value === 'number' && value > 0;
const transformLimits: Fields<TransformLimits> = {
  connectTimeoutMs: optional(isTime),
  pingTimeoutMs: optional(isTime),
  maxModelBytes: optional(integer(1)),
  maxModelEntries: optional(integer(1)),
};
const endpointLimits: Fields<EndpointLimits> = {
  ...transformLimits,
  invocationTimeoutMs: optional(isTime),
  streamTimeoutMs: optional(isTime),
  maxPayloadBytes: optional(integer(1)),
};
const endpointCommonFields: Fields<CommonEndpointOptions> = {
  baseDir: optional(isLocal),
  cwd: optional((value) => isLocal(value) && existsSync(value as string)),
  env: optional(isEmptyObject),
  directory: optional(isLocal),
  startupTimeoutMs: optional(isTime),
  healthCheckIntervalMs: optional(isTime),
  stopGraceMs: optional((value) => typeof value === 'number' && value >= 0),
  limits: optional(isEmptyObject),
  s3: isS3,
  signal: optional(isSignal),
};
const commandFields: Fields<ServerCommandOptions> = {
  command: (value) => Array.isArray(value) && value.length > 0 && [...value].every(isWord),
  isolation: optional(oneOf('namespace', 'none')),
  image: optional(never),
  container: optional(never),
};
const serverImageFields: Fields<TransformImageOptions> = {
  command: optional(never),
  isolation: optional(never),
  image: (value) => isWord(value) && value !== '' && !(value as string).includes('\0'),
  container: optional(isEmptyObject),
};
const transformCommonFields: Fields<CommonTransformJobOptions> = {
  ...endpointCommonFields,
  model: optional(isLocation),
  maxAnswerBytes: optional(integer(1)),
};
const transformFields: Fields<CommonTransformJobOptions & ServerCommandOptions> = {
  ...transformCommonFields,
  ...commandFields,
};
const transformImageFields: Fields<CommonTransformJobOptions & TransformImageOptions> = {
  ...transformCommonFields,
  ...serverImageFields,
};
const harnessFields: Fields<HarnessOptions> = {
  timeoutMs: optional((value) => typeof value === 'number' && value >= 1),
};
const manifestFields: Fields<ManifestOptions> = { ...s3Fields, allowLocalFiles: optional(isBoolean) };
const attributeFields: Fields<AugmentedManifestOptions> = {
  ...manifestFields,
  attributeNames: isNames(16, 1),
};
const fromChannelFields: Fields<FromChannelOptions> = {
  dest: isLocal,
  inputMode: optional(oneOf('Pipe')),
  shard: optional(never),
  s3: isS3,
  requestPayer: isPayer,
};
const definitionFields: Fields<ChannelDefinition> = {
  ChannelName: isName,
  DataSource: never,
  ContentType: orNull(text(0, 256)),
  CompressionType: orNull(oneOf('None', 'Gzip')),
  RecordWrapperType: orNull(oneOf('None', 'RecordIO')),
  InputMode: orNull(oneOf('Pipe', 'File', 'FastFile')),
  ShuffleConfig: orNull(never),
};
const dataSourceFields: Fields<DataSourceDefinition> = {
  S3DataSource: never,
  FileSystemDataSource: orNull(never),
  DatasetSource: orNull(never),
};
const s3DataFields: Fields<S3DataSourceDefinition> = {
  S3DataType: oneOf('S3Prefix', 'ManifestFile'),
  S3Uri: isLocation,
  S3DataDistributionType: orNull(oneOf('FullyReplicated', 'ShardedByS3Key')),
  AttributeNames: orNull(isEmpty),
  InstanceGroupNames: orNull(isNames(5, 0)),
  ModelAccessConfig: orNull(never), // a sample with `AcceptEula` there is not
  HubAccessConfig: orNull(never),
};
const fileSystemFields: Fields<FileSystemDataSourceDefinition> = {
  FileSystemId: (value) => typeof value === 'string' && /^fs-[0-9a-f]{8,18}$/.test(value),
  FileSystemAccessMode: oneOf('ro', 'rw'),
  FileSystemType: oneOf('EFS', 'FSxLustre'),
  DirectoryPath: isLocal,
};
const readerFields: Fields<ReadEpochsOptions> = {
  channel: isName,
  dir: optional(isLocal),
  epochs: optional((value) => value === Infinity || integer(1)(value)),
  firstEpoch: optional(integer(0)),
  openTimeoutMs: optional((value) => typeof value === 'number' && value >= 0),
  signal: optional(isSignal),
};
const isText: Rule = (value) => typeof value === 'string' && value !== '\ud800';
const isNumbers: Rule = (value) =>
  value instanceof Float32Array ||
  (Array.isArray(value) && [...value].every((each) => typeof each === 'number'));
const isValue: Rule = (value) => typeof value === 'number' || isNumbers(value);
const isValues: Rule = (value) =>
  isValue(value) || (isObject(value) && Object.values(value as object).every(isValue));
const recordFields: Fields<RecordInput> = {
  features: optional(isValues),
  label: optional(isValues),
  uid: optional(isText),
  metadata: optional(isText),
  configuration: optional(isText),
};

const inMemory: Fields<MemoryObject> = {
  key: (value) => typeof value === 'string' && value !== '',
  body: (value) => ['string', 'function'].includes(typeof value) || isBytes(value),
};

function options(
  right: object,
  fields: Readonly<Record<string, Rule>>,
  more: readonly Structure[] = [],
): Argument {
  return { right, rule: never, structures: [{ path: [], fields }, ...more] };
}

/** Options that can be left out, and an empty object of them. */
function optionalOptions(fields: Readonly<Record<string, Rule>>): Argument {
  return {
    ...options({}, fields),
    rule: optional(isEmptyObject),
  };
}

const aSource: Argument = { right: source, rule: never };
const aSourceObject: Argument = {
  right: object,
  rule: never,
  structures: [
    {
      path: [],
      fields: { key: (value) => typeof value === 'string', open: (value) => typeof value === 'function' },
      isOpen: true,
    },
  ],
};
const anUri = (rule: Rule): Argument => ({ right: 's3://bucket/x', rule });
const shuffle: Structure = { path: ['shuffle'], fields: shuffleFields };
const shard: Structure = { path: ['shard'], fields: shardFields };

const definition = {
  ChannelName: 'train',
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/x' } },
  ShuffleConfig: { Seed: 1 },
};
const fileSystem = {
  FileSystemId: 'fs-0123456789',
  FileSystemAccessMode: 'ro',
  FileSystemType: 'EFS',
  DirectoryPath: '/data',
};

/** What is exported, and is nothing that options are passed to. */
export const EXEMPT = {
  PipeModeError: 'its constructor is internal',
  openChannels: 'it takes no argument',
  TrainingJobError: 'its constructor is internal',
  startEndpoint: 'it rejects: test/serving/asking.test.ts',
  EndpointError: 'its constructor is internal',
  TransformJobError: 'its constructor is internal',
  runTransformJob: 'it passes everything on to startTransformJob',
  ModelError: 'its constructor is internal',
  runTrainingJob: 'it passes everything on to startTrainingJob',
  AlgorithmError: 'its constructor is internal',
  startAlgorithm: 'it rejects: test/testing/algorithm.test.ts',
  runAlgorithm: 'it passes everything on to startAlgorithm',
  collectEpochs: 'it passes everything on to readEpochs',
  useHarness: 'it passes everything on to createHarness',
  matchers: 'no function: test/testing/harness.test.ts',
  fixtures: 'no function',
};

/** All that AWS demands. */
const REQUEST = {
  TrainingJobName: 'job',
  RoleArn: 'arn:aws:iam::123456789012:role/x',
  AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'Pipe' },
  OutputDataConfig: { S3OutputPath: 's3://bucket/out' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
};

const TRANSFORM = {
  TransformInput: { DataSource: { S3DataSource: { S3Uri: '/x' } } },
  TransformOutput: { S3OutputPath: '/y' },
};

/** Every public function of every entry point. */
export const CATALOGUE: Readonly<
  Record<string, { exports: object; functions: Record<string, Signature[]> }>
> = {
  'sagemaker-pipe-mode': {
    exports: main,
    functions: {
      createChannel: [
        {
          call: (given) => stopped(main.createChannel(given)),
          args: [
            options(
              { name: 'train', source, dest: '/d', shuffle: { seed: 1 }, shard: { index: 0, count: 2 } },
              channelFields,
              [shuffle, shard],
            ),
          ],
        },
      ],
      createChannels: [
        {
          call: (given) => stopped(main.createChannels(given)),
          args: [
            options({ dest: '/d', shuffle: { seed: 1 }, channels: { train: { source } } }, groupFields, [
              {
                path: ['channels', 'train'],
                fields: { ...channelFields, name: optional(oneOf('train')), dest: optional(isLocal) },
              },
              shuffle,
            ]),
          ],
        },
      ],
      fromChannel: [
        {
          call: main.fromChannel,
          args: [
            options(definition, definitionFields, [
              { path: ['DataSource'], fields: dataSourceFields },
              { path: ['DataSource', 'S3DataSource'], fields: s3DataFields },
              { path: ['ShuffleConfig'], fields: { Seed: integer(-Number.MAX_SAFE_INTEGER) } },
            ]),
            options({ dest: '/d', shard: { index: 0, count: 2 } }, fromChannelFields, [shard]),
          ],
        },
        {
          call: (given) => main.fromChannel(given, { dest: '/d', inputMode: 'File' }),
          args: [
            options({ ChannelName: 'train', DataSource: { FileSystemDataSource: fileSystem } }, {}, [
              { path: ['DataSource', 'FileSystemDataSource'], fields: fileSystemFields },
            ]),
          ],
        },
      ],
      FifoSink: [
        { call: (given) => new main.FifoSink(given), args: [options({ path: '/x/y' }, sinkFields)] },
      ],
      fileSource: [{ call: main.fileSource, args: [{ right: '/x', rule: isLocal }] }],
      s3Source: [{ call: main.s3Source, args: [anUri(isS3Uri), optionalOptions(s3Fields)] }],
      manifestSource: [
        { call: main.manifestSource, args: [anUri(isLocation), optionalOptions(manifestFields)] },
      ],
      augmentedManifestSource: [
        {
          call: main.augmentedManifestSource,
          args: [anUri(isLocation), options({ attributeNames: ['a'] }, attributeFields)],
        },
      ],
      memorySource: [
        { call: main.memorySource, args: [{ right: [], rule: isEmpty }] },
        {
          call: (given) => main.memorySource([given]),
          args: [options({ key: 'a', body: 'a' }, {}, [{ path: [], fields: inMemory, isOpen: true }])],
        },
      ],
      shuffled: [{ call: main.shuffled, args: [aSource, options({ seed: 1 }, shuffleFields)] }],
      sharded: [{ call: main.sharded, args: [aSource, options({ index: 0, count: 2 }, shardFields)] }],
      gunzip: [{ call: (given) => main.gunzip()(given), args: [aSourceObject] }],
      recordio: [{ call: (given) => main.recordio()(given), args: [aSourceObject] }],
    },
  },
  'sagemaker-pipe-mode/reader': {
    exports: reader,
    functions: {
      readEpochs: [{ call: reader.readEpochs, args: [options({ channel: 'train' }, readerFields)] }],
      readRecords: [
        {
          call: reader.readRecords,
          // What a list holds is looked at when it is read.
          args: [
            {
              right: [],
              rule: (value) => [Array, Map, Set, String].some((list) => value instanceof list),
            },
          ],
        },
      ],
      encodeRecord: [{ call: reader.encodeRecord, args: [{ right: Buffer.from('a'), rule: isBytes }] }],
    },
  },
  'sagemaker-pipe-mode/training': {
    exports: training,
    functions: {
      startTrainingJob: [
        {
          // Requests have codes and tests of their own: test/sagemaker.
          call: (given) => disposedOf(training.startTrainingJob(REQUEST, given)),
          // The request names an image: nothing has to be said then.
          args: [{ ...options({ command: ['true'] }, jobFields), rule: isEmptyObject }],
        },
        {
          call: (given) => disposedOf(training.startTrainingJob(REQUEST, given)),
          args: [
            {
              ...options({ image: 'image' }, imageFields, [{ path: ['container'], fields: containerFields }]),
              rule: isEmptyObject,
            },
          ],
        },
      ],
    },
  },
  'sagemaker-pipe-mode/serving': {
    exports: serving,
    functions: {
      createEndpoint: [
        {
          // Requests have codes and tests of their own: test/sagemaker.
          call: (given) => disposedOf(serving.createEndpoint({ Image: 'image' }, given)),
          // The request names an image: nothing has to be said then.
          args: [
            {
              ...options(
                { command: ['true'] },
                { ...endpointCommonFields, ...commandFields, command: optional(commandFields.command) },
                [{ path: ['limits'], fields: endpointLimits }],
              ),
              rule: isEmptyObject,
            },
          ],
        },
        {
          call: (given) => disposedOf(serving.createEndpoint({ Image: 'image' }, given)),
          args: [
            {
              ...options(
                { image: 'image' },
                { ...endpointCommonFields, ...serverImageFields, image: optional(serverImageFields.image) },
                [{ path: ['container'], fields: containerFields }],
              ),
              rule: isEmptyObject,
            },
          ],
        },
      ],
      startTransformJob: [
        {
          // Requests have codes and tests of their own: test/sagemaker.
          call: (given) => disposedOf(serving.startTransformJob(TRANSFORM, given)),
          args: [
            options({ command: ['true'] }, transformFields, [{ path: ['limits'], fields: transformLimits }]),
          ],
        },
        {
          call: (given) => disposedOf(serving.startTransformJob(TRANSFORM, given)),
          args: [
            options({ image: 'image' }, transformImageFields, [
              { path: ['container'], fields: containerFields },
            ]),
          ],
        },
      ],
    },
  },
  'sagemaker-pipe-mode/testing': {
    exports: testing,
    functions: {
      createHarness: [
        {
          call: (given) => disposedOf(testing.createHarness(given)),
          args: [{ ...options({}, harnessFields), rule: optional(isEmptyObject) }],
        },
      ],
    },
  },
  'sagemaker-pipe-mode/recordio': {
    exports: recordioFormat,
    functions: {
      encodeRecordProtobuf: [
        {
          call: recordioFormat.encodeRecordProtobuf,
          args: [
            {
              ...options({}, recordFields),
              rule: isEmptyObject,
            },
          ],
        },
      ],
      decodeRecordProtobuf: [
        {
          // Whether bytes are a record is another question, and has codes of its own.
          call: (bytes) =>
            types.isUint8Array(bytes) ? undefined : recordioFormat.decodeRecordProtobuf(bytes),
          args: [{ right: new Uint8Array(0), rule: isBytes }],
        },
      ],
    },
  },
};

function stopped<T extends { stop(): Promise<void> }>(made: T): T {
  made.stop().catch(() => undefined);
  return made;
}

/** Before it begins. */
function disposedOf<T extends AsyncDisposable>(made: T): T {
  void made[Symbol.asyncDispose]();
  return made;
}
