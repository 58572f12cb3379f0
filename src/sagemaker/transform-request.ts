import type { OneOf } from './channel-definition.js';
import type {
  CreateTransformJobRequest,
  TransformDataSource,
  TransformInput,
  TransformOutput,
  TransformResources,
  TransformS3DataSource,
} from './create-transform-job.js';
import type { AsText } from './location.js';

/** What AWS requires, and has a default here. */
type CloudOnly = 'TransformJobName' | 'ModelName';

/**
 * What to transform, in the shape of AWS's `CreateTransformJob`: the same document runs here and there. What only the cloud
 * needs may be left out, and wherever there is an `s3://` URI, a `file://` URL or a path may stand too. `DataCaptureConfig`,
 * the keys for encryption and the types of instances have no effect here.
 */
export interface TransformRequest
  extends
    Omit<CreateTransformJobRequest, CloudOnly | 'TransformInput' | 'TransformOutput' | 'TransformResources'>,
    Partial<Pick<CreateTransformJobRequest, CloudOnly>> {
  /** Required. What to transform. */
  readonly TransformInput: LocalTransformInput | undefined;
  /** Required. Where the answers go. */
  readonly TransformOutput: LocalTransformOutput | undefined;
  /** Default: one instance. */
  readonly TransformResources?: Partial<TransformResources> | undefined;
}

/** As AWS's `TransformInput`, whose location may be one of this machine. */
export interface LocalTransformInput extends Omit<TransformInput, 'DataSource'> {
  /** Required. */
  readonly DataSource:
    | (Omit<TransformDataSource, 'S3DataSource'> & {
        /** Required. */
        readonly S3DataSource: LocalTransformS3DataSource | undefined;
      })
    | undefined;
}

/** As AWS's `TransformS3DataSource`. */
export interface LocalTransformS3DataSource extends Omit<TransformS3DataSource, 'S3DataType' | 'S3Uri'> {
  /** `S3Prefix` or `ManifestFile`. Default `S3Prefix`: whatever is below a prefix or a directory, or one file. */
  readonly S3DataType?: TransformS3DataSource['S3DataType'];
  /** Required. An `s3://` URI, a `file://` URL or a path. */
  readonly S3Uri: string | URL | undefined;
}

/** As AWS's `TransformOutput`, whose location may be one of this machine. */
export interface LocalTransformOutput extends Omit<TransformOutput, 'S3OutputPath'> {
  /** Required. An `s3://` URI, or a directory, by its `file://` URL or its path. */
  readonly S3OutputPath: string | URL | undefined;
}

/** A request in which everything is right: without `URL` objects, which are text now. */
export type TransformRequestAsText = AsText<TransformRequest>;

/** A request in which everything is right, and that has a value for whatever a job here needs. Paths are absolute. */
export interface ResolvedTransformRequest extends Omit<
  TransformRequestAsText,
  CloudOnly | 'TransformInput' | 'TransformOutput' | 'TransformResources'
> {
  /** Default: `local-`, the time in UTC, and six random hexadecimal digits. */
  readonly TransformJobName: string;
  /** Default: `local`. */
  readonly ModelName: string;
  /** With a `CompressionType` and a `SplitType`: the default of both is `None`. */
  readonly TransformInput: Omit<AsText<TransformInput>, 'DataSource'> & {
    /** Where the objects are. */
    readonly DataSource: {
      /** Where the objects are. */
      readonly S3DataSource: {
        /** Default `S3Prefix`. */
        readonly S3DataType: OneOf<'S3Prefix' | 'ManifestFile'>;
        /** An `s3://` URI, or an absolute path. */
        readonly S3Uri: string;
      };
    };
  };
  /** With an `AssembleWith`: the default is `None`. */
  readonly TransformOutput: Omit<AsText<TransformOutput>, 'S3OutputPath'> & {
    /** An `s3://` URI, or an absolute path. */
    readonly S3OutputPath: string;
  };
  /** Default: one `ml.m5.large`. */
  readonly TransformResources: Omit<TransformResources, 'InstanceCount'> & {
    /** Default 1. */
    readonly InstanceCount: number;
  };
  /** Default: none. */
  readonly Environment: Readonly<Record<string, string>>;
  /** The defaults are those of the API reference, ModelClientConfig. */
  readonly ModelClientConfig: {
    /** Default 600. */
    readonly InvocationsTimeoutInSeconds: number;
    /** Default 3. */
    readonly InvocationsMaxRetries: number;
  };
  /** The defaults are those of the API reference, DataProcessing. */
  readonly DataProcessing: {
    /** Default `$`: everything is sent. */
    readonly InputFilter: string;
    /** Default `$`: everything is kept. */
    readonly OutputFilter: string;
    /** Default `None`: nothing is joined. */
    readonly JoinSource: 'Input' | 'None';
  };
}
