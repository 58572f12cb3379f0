// The shape of AWS's own types, written down so that nobody needs the SageMaker client to compile against ours. A test
// makes sure that the client's `Channel` is one of these.

/** One of these values; a plain `string` too, as in a document that was parsed, and is checked when it is used. */
export type OneOf<Values extends string> = Values | (string & Record<never, never>);

/** One element of the `InputDataConfig` of `CreateTrainingJob`. */
export interface ChannelDefinition {
  /** 1 to 64 of the characters `A-Z`, `a-z`, `0-9`, `.`, `-` and `_`. */
  readonly ChannelName: string | undefined;
  /** Where the data is. */
  readonly DataSource: DataSourceDefinition | undefined;
  /** The MIME type, at most 256 characters, which is handed to the algorithm. */
  readonly ContentType?: string | undefined;
  /** `Gzip` decompresses every object. Pipe mode only. Default `None`. */
  readonly CompressionType?: OneOf<'None' | 'Gzip'> | undefined;
  /** `RecordIO` makes every object one record. Pipe mode only. Default `None`. */
  readonly RecordWrapperType?: OneOf<'None' | 'RecordIO'> | undefined;
  /** Overrides the job's `TrainingInputMode`. */
  readonly InputMode?: OneOf<'Pipe' | 'File' | 'FastFile'> | undefined;
  /** Shuffles keys, entries or lines anew in every epoch. */
  readonly ShuffleConfig?: ShuffleConfigDefinition | undefined;
}

/** Where a channel's data is: exactly one of these. */
export interface DataSourceDefinition {
  /** Data in S3. */
  readonly S3DataSource?: S3DataSourceDefinition | undefined;
  /** A directory of EFS or FSx. File mode only. */
  readonly FileSystemDataSource?: FileSystemDataSourceDefinition | undefined;
  /** Not supported here. */
  readonly DatasetSource?:
    | {
        /** Which dataset. */
        readonly DatasetArn: string | undefined;
      }
    | undefined;
}

/** Data in S3; here also on this machine. */
export interface S3DataSourceDefinition {
  /** What `S3Uri` names. `Converse` is not supported here. */
  readonly S3DataType: OneOf<'S3Prefix' | 'ManifestFile' | 'AugmentedManifestFile' | 'Converse'> | undefined;
  /** `s3://BUCKET/PREFIX`, a `file://` URL, or a path; here also a `URL`. */
  readonly S3Uri: string | URL | undefined;
  /** With `ShardedByS3Key`, each host gets a share. Default `FullyReplicated`. */
  readonly S3DataDistributionType?: OneOf<'FullyReplicated' | 'ShardedByS3Key'> | undefined;
  /** 1 to 16 names, in order: what is sent of every line of an augmented manifest. */
  readonly AttributeNames?: readonly string[] | undefined;
  /** At most 5 names: which groups of hosts get the channel. Checked, and for the training job to use. */
  readonly InstanceGroupNames?: readonly string[] | undefined;
  /** Accepted, and of no consequence here. */
  readonly ModelAccessConfig?:
    | {
        /** Whether the model's licence is accepted. */
        readonly AcceptEula: boolean | undefined;
      }
    | undefined;
  /** Not supported here. */
  readonly HubAccessConfig?:
    | {
        /** Which model. */
        readonly HubContentArn: string | undefined;
      }
    | undefined;
}

/** A directory of a file system: here, a directory of this machine. */
export interface FileSystemDataSourceDefinition {
  /** Which file system. Accepted, and of no consequence here. */
  readonly FileSystemId: string | undefined;
  /** `ro` or `rw`. Checked, and of no consequence here. */
  readonly FileSystemAccessMode: OneOf<'ro' | 'rw'> | undefined;
  /** What kind of file system it is. Accepted, and of no consequence here. */
  readonly FileSystemType: OneOf<'EFS' | 'FSxLustre'> | undefined;
  /** Here: the path or `file://` URL (a string or a `URL`) of a directory of this machine. */
  readonly DirectoryPath: string | URL | undefined;
}

/** How a channel is shuffled. */
export interface ShuffleConfigDefinition {
  /** An integer. */
  readonly Seed: number | undefined;
}
