// Generated from AWS's model of the API (botocore, Apache-2.0) by scripts/generate-sagemaker.ts: change it there, and
// run `npx tsx scripts/generate-sagemaker.ts MODEL`.

import type { OneOf } from './channel-definition.js';
import type { ExperimentConfig, Tag } from './create-training-job.js';

/** AssemblyType of AWS's API. */
export type AssemblyType = OneOf<'None' | 'Line'>;

/** BatchDataCaptureConfig of AWS's API. */
export interface BatchDataCaptureConfig {
  /** Required. At most 1024 characters that match `(https|s3)://([^/]+)/?(.*)`. */
  readonly DestinationS3Uri: string | undefined;
  /** At most 2048 characters that match `[a-zA-Z0-9:/_-]*`. */
  readonly KmsKeyId?: string | undefined;
  /** `true` or `false`. */
  readonly GenerateInferenceId?: boolean | undefined;
}

/** BatchStrategy of AWS's API. */
export type BatchStrategy = OneOf<'MultiRecord' | 'SingleRecord'>;

/** CompressionType of AWS's API. */
export type CompressionType = OneOf<'None' | 'Gzip'>;

/** CreateTransformJobRequest of AWS's API. */
export interface CreateTransformJobRequest {
  /** Required. 1 to 63 characters that match `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`. */
  readonly TransformJobName: string | undefined;
  /** Required. At most 63 characters that match `[a-zA-Z0-9]([\-a-zA-Z0-9]*[a-zA-Z0-9])?`. */
  readonly ModelName: string | undefined;
  /** An integer from 0 up. */
  readonly MaxConcurrentTransforms?: number | undefined;
  /** See {@link ModelClientConfig}. */
  readonly ModelClientConfig?: ModelClientConfig | undefined;
  /** An integer from 0 up. */
  readonly MaxPayloadInMB?: number | undefined;
  /** One of {@link BatchStrategy}. */
  readonly BatchStrategy?: BatchStrategy | undefined;
  /** An object of at most 16 entries. Keys: at most 1024 characters that match `[a-zA-Z_][a-zA-Z0-9_]{0,1023}`; values: at most 10240 characters. */
  readonly Environment?: Readonly<Record<string, string>> | undefined;
  /** Required. See {@link TransformInput}. */
  readonly TransformInput: TransformInput | undefined;
  /** Required. See {@link TransformOutput}. */
  readonly TransformOutput: TransformOutput | undefined;
  /** See {@link BatchDataCaptureConfig}. */
  readonly DataCaptureConfig?: BatchDataCaptureConfig | undefined;
  /** Required. See {@link TransformResources}. */
  readonly TransformResources: TransformResources | undefined;
  /** See {@link DataProcessing}. */
  readonly DataProcessing?: DataProcessing | undefined;
  /** A list of at most 50. Each: see {@link Tag}. */
  readonly Tags?: readonly Tag[] | undefined;
  /** See {@link ExperimentConfig}. */
  readonly ExperimentConfig?: ExperimentConfig | undefined;
}

/** DataProcessing of AWS's API. */
export interface DataProcessing {
  /** At most 63 characters. */
  readonly InputFilter?: string | undefined;
  /** At most 63 characters. */
  readonly OutputFilter?: string | undefined;
  /** One of {@link JoinSource}. */
  readonly JoinSource?: JoinSource | undefined;
}

/** JoinSource of AWS's API. */
export type JoinSource = OneOf<'Input' | 'None'>;

/** ModelClientConfig of AWS's API. */
export interface ModelClientConfig {
  /** An integer from 1 to 3600. */
  readonly InvocationsTimeoutInSeconds?: number | undefined;
  /** An integer from 0 to 3. */
  readonly InvocationsMaxRetries?: number | undefined;
}

/** S3DataType of AWS's API. */
export type S3DataType = OneOf<'ManifestFile' | 'S3Prefix' | 'AugmentedManifestFile' | 'Converse'>;

/** SplitType of AWS's API. */
export type SplitType = OneOf<'None' | 'Line' | 'RecordIO' | 'TFRecord'>;

/** TransformDataSource of AWS's API. */
export interface TransformDataSource {
  /** Required. See {@link TransformS3DataSource}. */
  readonly S3DataSource: TransformS3DataSource | undefined;
}

/** TransformInput of AWS's API. */
export interface TransformInput {
  /** Required. See {@link TransformDataSource}. */
  readonly DataSource: TransformDataSource | undefined;
  /** At most 256 characters. */
  readonly ContentType?: string | undefined;
  /** One of {@link CompressionType}. */
  readonly CompressionType?: CompressionType | undefined;
  /** One of {@link SplitType}. */
  readonly SplitType?: SplitType | undefined;
}

/** TransformInstanceType of AWS's API. */
// prettier-ignore
export type TransformInstanceType = OneOf<'ml.m4.xlarge' | 'ml.m4.2xlarge' | 'ml.m4.4xlarge' | 'ml.m4.10xlarge' | 'ml.m4.16xlarge' | 'ml.c4.xlarge' | 'ml.c4.2xlarge' | 'ml.c4.4xlarge' | 'ml.c4.8xlarge' | 'ml.p2.xlarge' | 'ml.p2.8xlarge' | 'ml.p2.16xlarge' | 'ml.p3.2xlarge' | 'ml.p3.8xlarge' | 'ml.p3.16xlarge' | 'ml.c5.xlarge' | 'ml.c5.2xlarge' | 'ml.c5.4xlarge' | 'ml.c5.9xlarge' | 'ml.c5.18xlarge' | 'ml.m5.large' | 'ml.m5.xlarge' | 'ml.m5.2xlarge' | 'ml.m5.4xlarge' | 'ml.m5.12xlarge' | 'ml.m5.24xlarge' | 'ml.m6i.large' | 'ml.m6i.xlarge' | 'ml.m6i.2xlarge' | 'ml.m6i.4xlarge' | 'ml.m6i.8xlarge' | 'ml.m6i.12xlarge' | 'ml.m6i.16xlarge' | 'ml.m6i.24xlarge' | 'ml.m6i.32xlarge' | 'ml.c6i.large' | 'ml.c6i.xlarge' | 'ml.c6i.2xlarge' | 'ml.c6i.4xlarge' | 'ml.c6i.8xlarge' | 'ml.c6i.12xlarge' | 'ml.c6i.16xlarge' | 'ml.c6i.24xlarge' | 'ml.c6i.32xlarge' | 'ml.r6i.large' | 'ml.r6i.xlarge' | 'ml.r6i.2xlarge' | 'ml.r6i.4xlarge' | 'ml.r6i.8xlarge' | 'ml.r6i.12xlarge' | 'ml.r6i.16xlarge' | 'ml.r6i.24xlarge' | 'ml.r6i.32xlarge' | 'ml.m7i.large' | 'ml.m7i.xlarge' | 'ml.m7i.2xlarge' | 'ml.m7i.4xlarge' | 'ml.m7i.8xlarge' | 'ml.m7i.12xlarge' | 'ml.m7i.16xlarge' | 'ml.m7i.24xlarge' | 'ml.m7i.48xlarge' | 'ml.c7i.large' | 'ml.c7i.xlarge' | 'ml.c7i.2xlarge' | 'ml.c7i.4xlarge' | 'ml.c7i.8xlarge' | 'ml.c7i.12xlarge' | 'ml.c7i.16xlarge' | 'ml.c7i.24xlarge' | 'ml.c7i.48xlarge' | 'ml.r7i.large' | 'ml.r7i.xlarge' | 'ml.r7i.2xlarge' | 'ml.r7i.4xlarge' | 'ml.r7i.8xlarge' | 'ml.r7i.12xlarge' | 'ml.r7i.16xlarge' | 'ml.r7i.24xlarge' | 'ml.r7i.48xlarge' | 'ml.g4dn.xlarge' | 'ml.g4dn.2xlarge' | 'ml.g4dn.4xlarge' | 'ml.g4dn.8xlarge' | 'ml.g4dn.12xlarge' | 'ml.g4dn.16xlarge' | 'ml.g5.xlarge' | 'ml.g5.2xlarge' | 'ml.g5.4xlarge' | 'ml.g5.8xlarge' | 'ml.g5.12xlarge' | 'ml.g5.16xlarge' | 'ml.g5.24xlarge' | 'ml.g5.48xlarge' | 'ml.trn1.2xlarge' | 'ml.trn1.32xlarge' | 'ml.inf2.xlarge' | 'ml.inf2.8xlarge' | 'ml.inf2.24xlarge' | 'ml.inf2.48xlarge' | 'ml.g6.xlarge' | 'ml.g6.2xlarge' | 'ml.g6.4xlarge' | 'ml.g6.8xlarge' | 'ml.g6.12xlarge' | 'ml.g6.16xlarge' | 'ml.g6.24xlarge' | 'ml.g6.48xlarge'>;

/** TransformOutput of AWS's API. */
export interface TransformOutput {
  /** Required. At most 1024 characters that match `(https|s3)://([^/]+)/?(.*)`. */
  readonly S3OutputPath: string | undefined;
  /** At most 256 characters. */
  readonly Accept?: string | undefined;
  /** One of {@link AssemblyType}. */
  readonly AssembleWith?: AssemblyType | undefined;
  /** At most 2048 characters that match `[a-zA-Z0-9:/_-]*`. */
  readonly KmsKeyId?: string | undefined;
}

/** TransformResources of AWS's API. */
export interface TransformResources {
  /** Required. One of {@link TransformInstanceType}. */
  readonly InstanceType: TransformInstanceType | undefined;
  /** Required. An integer from 1 up. */
  readonly InstanceCount: number | undefined;
  /** At most 2048 characters that match `[a-zA-Z0-9:/_-]*`. */
  readonly VolumeKmsKeyId?: string | undefined;
  /** 1 to 63 characters that match `[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*`. */
  readonly TransformAmiVersion?: string | undefined;
}

/** TransformS3DataSource of AWS's API. */
export interface TransformS3DataSource {
  /** Required. One of {@link S3DataType}. */
  readonly S3DataType: S3DataType | undefined;
  /** Required. At most 1024 characters that match `(https|s3)://([^/]+)/?(.*)`. */
  readonly S3Uri: string | undefined;
}
