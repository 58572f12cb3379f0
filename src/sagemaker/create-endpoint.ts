// Generated from AWS's model of the API (botocore, Apache-2.0) by scripts/generate-sagemaker.ts: change it there, and
// run `npx tsx scripts/generate-sagemaker.ts MODEL`.

import type { OneOf } from './channel-definition.js';

/** AdditionalModelDataSource of AWS's API. */
export interface AdditionalModelDataSource {
  /** Required. 1 to 64 characters that match `[A-Za-z0-9\.\-_]+`. */
  readonly ChannelName: string | undefined;
  /** Required. See {@link S3ModelDataSource}. */
  readonly S3DataSource: S3ModelDataSource | undefined;
}

/** CapacityReservationPreference of AWS's API. */
export type CapacityReservationPreference = OneOf<'capacity-reservations-only'>;

/** ContainerDefinition of AWS's API. */
export interface ContainerDefinition {
  /** At most 63 characters that match `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`. */
  readonly ContainerHostname?: string | undefined;
  /** At most 255 characters that match `[\S]+`. */
  readonly Image?: string | undefined;
  /** See {@link ImageConfig}. */
  readonly ImageConfig?: ImageConfig | undefined;
  /** One of {@link ContainerMode}. */
  readonly Mode?: ContainerMode | undefined;
  /** At most 1024 characters that match `(https|s3)://([^/]+)/?(.*)`. */
  readonly ModelDataUrl?: string | undefined;
  /** See {@link ModelDataSource}. */
  readonly ModelDataSource?: ModelDataSource | undefined;
  /** A list of at most 5. Each: see {@link AdditionalModelDataSource}. */
  readonly AdditionalModelDataSources?: readonly AdditionalModelDataSource[] | undefined;
  /** An object of at most 100 entries. Keys: at most 1024 characters that match `[a-zA-Z_][a-zA-Z0-9_]*`; values: at most 1024 characters. */
  readonly Environment?: Readonly<Record<string, string>> | undefined;
  /** 1 to 176 characters that match `(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)(\/[0-9]{1,9})?`. */
  readonly ModelPackageName?: string | undefined;
  /** 1 to 63 characters that match `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`. */
  readonly InferenceSpecificationName?: string | undefined;
  /** See {@link MultiModelConfig}. */
  readonly MultiModelConfig?: MultiModelConfig | undefined;
}

/** ContainerMode of AWS's API. */
export type ContainerMode = OneOf<'SingleModel' | 'MultiModel'>;

/** ImageConfig of AWS's API. */
export interface ImageConfig {
  /** Required. One of {@link RepositoryAccessMode}. */
  readonly RepositoryAccessMode: RepositoryAccessMode | undefined;
  /** See {@link RepositoryAuthConfig}. */
  readonly RepositoryAuthConfig?: RepositoryAuthConfig | undefined;
}

/** InferenceHubAccessConfig of AWS's API. */
export interface InferenceHubAccessConfig {
  /** Required. At most 255 characters. */
  readonly HubContentArn: string | undefined;
}

/** InstancePool of AWS's API. */
export interface InstancePool {
  /** Required. One of {@link ProductionVariantInstanceType}. */
  readonly InstanceType: ProductionVariantInstanceType | undefined;
  /** At most 63 characters that match `[a-zA-Z0-9]([\-a-zA-Z0-9]*[a-zA-Z0-9])?`. */
  readonly ModelNameOverride?: string | undefined;
  /** Required. An integer from 1 to 5. */
  readonly Priority: number | undefined;
}

/** ManagedInstanceScalingScaleInStrategy of AWS's API. */
export type ManagedInstanceScalingScaleInStrategy = OneOf<'IDLE_RELEASE' | 'CONSOLIDATION'>;

/** ManagedInstanceScalingStatus of AWS's API. */
export type ManagedInstanceScalingStatus = OneOf<'ENABLED' | 'DISABLED'>;

/** ModelAccessConfig of AWS's API. */
export interface ModelAccessConfig {
  /** Required. `true` or `false`. */
  readonly AcceptEula: boolean | undefined;
}

/** ModelCacheSetting of AWS's API. */
export type ModelCacheSetting = OneOf<'Enabled' | 'Disabled'>;

/** ModelCompressionType of AWS's API. */
export type ModelCompressionType = OneOf<'None' | 'Gzip'>;

/** ModelDataSource of AWS's API. */
export interface ModelDataSource {
  /** See {@link S3ModelDataSource}. */
  readonly S3DataSource?: S3ModelDataSource | undefined;
}

/** MultiModelConfig of AWS's API. */
export interface MultiModelConfig {
  /** One of {@link ModelCacheSetting}. */
  readonly ModelCacheSetting?: ModelCacheSetting | undefined;
}

/** ProductionVariant of AWS's API. */
export interface ProductionVariant {
  /** Required. At most 63 characters that match `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`. */
  readonly VariantName: string | undefined;
  /** At most 63 characters that match `[a-zA-Z0-9]([\-a-zA-Z0-9]*[a-zA-Z0-9])?`. */
  readonly ModelName?: string | undefined;
  /** An integer from 1 up. */
  readonly InitialInstanceCount?: number | undefined;
  /** One of {@link ProductionVariantInstanceType}. */
  readonly InstanceType?: ProductionVariantInstanceType | undefined;
  /** A list of 1 to 5. Each: see {@link InstancePool}. */
  readonly InstancePools?: readonly InstancePool[] | undefined;
  /** An integer from 300 to 3600. */
  readonly VariantInstanceProvisionTimeoutInSeconds?: number | undefined;
  /** A number from 0 up. */
  readonly InitialVariantWeight?: number | undefined;
  /** One of {@link ProductionVariantAcceleratorType}. */
  readonly AcceleratorType?: ProductionVariantAcceleratorType | undefined;
  /** See {@link ProductionVariantCoreDumpConfig}. */
  readonly CoreDumpConfig?: ProductionVariantCoreDumpConfig | undefined;
  /** See {@link ProductionVariantServerlessConfig}. */
  readonly ServerlessConfig?: ProductionVariantServerlessConfig | undefined;
  /** An integer from 1 to 512. */
  readonly VolumeSizeInGB?: number | undefined;
  /** An integer from 60 to 3600. */
  readonly ModelDataDownloadTimeoutInSeconds?: number | undefined;
  /** An integer from 60 to 3600. */
  readonly ContainerStartupHealthCheckTimeoutInSeconds?: number | undefined;
  /** `true` or `false`. */
  readonly EnableSSMAccess?: boolean | undefined;
  /** See {@link ProductionVariantManagedInstanceScaling}. */
  readonly ManagedInstanceScaling?: ProductionVariantManagedInstanceScaling | undefined;
  /** See {@link ProductionVariantRoutingConfig}. */
  readonly RoutingConfig?: ProductionVariantRoutingConfig | undefined;
  /** One of {@link ProductionVariantInferenceAmiVersion}. */
  readonly InferenceAmiVersion?: ProductionVariantInferenceAmiVersion | undefined;
  /** See {@link ProductionVariantCapacityReservationConfig}. */
  readonly CapacityReservationConfig?: ProductionVariantCapacityReservationConfig | undefined;
}

/** ProductionVariantAcceleratorType of AWS's API. */
// prettier-ignore
export type ProductionVariantAcceleratorType = OneOf<'ml.eia1.medium' | 'ml.eia1.large' | 'ml.eia1.xlarge' | 'ml.eia2.medium' | 'ml.eia2.large' | 'ml.eia2.xlarge'>;

/** ProductionVariantCapacityReservationConfig of AWS's API. */
export interface ProductionVariantCapacityReservationConfig {
  /** One of {@link CapacityReservationPreference}. */
  readonly CapacityReservationPreference?: CapacityReservationPreference | undefined;
  /** 20 to 258 characters that match `arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z0-9\-]{1,14}/.*`. */
  readonly MlReservationArn?: string | undefined;
}

/** ProductionVariantCoreDumpConfig of AWS's API. */
export interface ProductionVariantCoreDumpConfig {
  /** Required. At most 512 characters that match `(https|s3)://([^/])/?(.*)`. */
  readonly DestinationS3Uri: string | undefined;
  /** At most 2048 characters that match `[a-zA-Z0-9:/_-]*`. */
  readonly KmsKeyId?: string | undefined;
}

/** ProductionVariantInferenceAmiVersion of AWS's API. */
// prettier-ignore
export type ProductionVariantInferenceAmiVersion = OneOf<'al2-ami-sagemaker-inference-gpu-2' | 'al2-ami-sagemaker-inference-gpu-2-1' | 'al2-ami-sagemaker-inference-gpu-3-1' | 'al2-ami-sagemaker-inference-neuron-2' | 'al2023-ami-sagemaker-inference-gpu-4-1'>;

/** ProductionVariantInstanceType of AWS's API. */
// prettier-ignore
export type ProductionVariantInstanceType = OneOf<'ml.t2.medium' | 'ml.t2.large' | 'ml.t2.xlarge' | 'ml.t2.2xlarge' | 'ml.m4.xlarge' | 'ml.m4.2xlarge' | 'ml.m4.4xlarge' | 'ml.m4.10xlarge' | 'ml.m4.16xlarge' | 'ml.m5.large' | 'ml.m5.xlarge' | 'ml.m5.2xlarge' | 'ml.m5.4xlarge' | 'ml.m5.12xlarge' | 'ml.m5.24xlarge' | 'ml.m5d.large' | 'ml.m5d.xlarge' | 'ml.m5d.2xlarge' | 'ml.m5d.4xlarge' | 'ml.m5d.12xlarge' | 'ml.m5d.24xlarge' | 'ml.c4.large' | 'ml.c4.xlarge' | 'ml.c4.2xlarge' | 'ml.c4.4xlarge' | 'ml.c4.8xlarge' | 'ml.p2.xlarge' | 'ml.p2.8xlarge' | 'ml.p2.16xlarge' | 'ml.p3.2xlarge' | 'ml.p3.8xlarge' | 'ml.p3.16xlarge' | 'ml.c5.large' | 'ml.c5.xlarge' | 'ml.c5.2xlarge' | 'ml.c5.4xlarge' | 'ml.c5.9xlarge' | 'ml.c5.18xlarge' | 'ml.c5d.large' | 'ml.c5d.xlarge' | 'ml.c5d.2xlarge' | 'ml.c5d.4xlarge' | 'ml.c5d.9xlarge' | 'ml.c5d.18xlarge' | 'ml.g4dn.xlarge' | 'ml.g4dn.2xlarge' | 'ml.g4dn.4xlarge' | 'ml.g4dn.8xlarge' | 'ml.g4dn.12xlarge' | 'ml.g4dn.16xlarge' | 'ml.r5.large' | 'ml.r5.xlarge' | 'ml.r5.2xlarge' | 'ml.r5.4xlarge' | 'ml.r5.12xlarge' | 'ml.r5.24xlarge' | 'ml.r5d.large' | 'ml.r5d.xlarge' | 'ml.r5d.2xlarge' | 'ml.r5d.4xlarge' | 'ml.r5d.12xlarge' | 'ml.r5d.24xlarge' | 'ml.inf1.xlarge' | 'ml.inf1.2xlarge' | 'ml.inf1.6xlarge' | 'ml.inf1.24xlarge' | 'ml.dl1.24xlarge' | 'ml.c6i.large' | 'ml.c6i.xlarge' | 'ml.c6i.2xlarge' | 'ml.c6i.4xlarge' | 'ml.c6i.8xlarge' | 'ml.c6i.12xlarge' | 'ml.c6i.16xlarge' | 'ml.c6i.24xlarge' | 'ml.c6i.32xlarge' | 'ml.m6i.large' | 'ml.m6i.xlarge' | 'ml.m6i.2xlarge' | 'ml.m6i.4xlarge' | 'ml.m6i.8xlarge' | 'ml.m6i.12xlarge' | 'ml.m6i.16xlarge' | 'ml.m6i.24xlarge' | 'ml.m6i.32xlarge' | 'ml.r6i.large' | 'ml.r6i.xlarge' | 'ml.r6i.2xlarge' | 'ml.r6i.4xlarge' | 'ml.r6i.8xlarge' | 'ml.r6i.12xlarge' | 'ml.r6i.16xlarge' | 'ml.r6i.24xlarge' | 'ml.r6i.32xlarge' | 'ml.g5.xlarge' | 'ml.g5.2xlarge' | 'ml.g5.4xlarge' | 'ml.g5.8xlarge' | 'ml.g5.12xlarge' | 'ml.g5.16xlarge' | 'ml.g5.24xlarge' | 'ml.g5.48xlarge' | 'ml.g6.xlarge' | 'ml.g6.2xlarge' | 'ml.g6.4xlarge' | 'ml.g6.8xlarge' | 'ml.g6.12xlarge' | 'ml.g6.16xlarge' | 'ml.g6.24xlarge' | 'ml.g6.48xlarge' | 'ml.r8g.medium' | 'ml.r8g.large' | 'ml.r8g.xlarge' | 'ml.r8g.2xlarge' | 'ml.r8g.4xlarge' | 'ml.r8g.8xlarge' | 'ml.r8g.12xlarge' | 'ml.r8g.16xlarge' | 'ml.r8g.24xlarge' | 'ml.r8g.48xlarge' | 'ml.g6e.xlarge' | 'ml.g6e.2xlarge' | 'ml.g6e.4xlarge' | 'ml.g6e.8xlarge' | 'ml.g6e.12xlarge' | 'ml.g6e.16xlarge' | 'ml.g6e.24xlarge' | 'ml.g6e.48xlarge' | 'ml.g7e.2xlarge' | 'ml.g7e.4xlarge' | 'ml.g7e.8xlarge' | 'ml.g7e.12xlarge' | 'ml.g7e.24xlarge' | 'ml.g7e.48xlarge' | 'ml.p4d.24xlarge' | 'ml.c7g.large' | 'ml.c7g.xlarge' | 'ml.c7g.2xlarge' | 'ml.c7g.4xlarge' | 'ml.c7g.8xlarge' | 'ml.c7g.12xlarge' | 'ml.c7g.16xlarge' | 'ml.m6g.large' | 'ml.m6g.xlarge' | 'ml.m6g.2xlarge' | 'ml.m6g.4xlarge' | 'ml.m6g.8xlarge' | 'ml.m6g.12xlarge' | 'ml.m6g.16xlarge' | 'ml.m6gd.large' | 'ml.m6gd.xlarge' | 'ml.m6gd.2xlarge' | 'ml.m6gd.4xlarge' | 'ml.m6gd.8xlarge' | 'ml.m6gd.12xlarge' | 'ml.m6gd.16xlarge' | 'ml.c6g.large' | 'ml.c6g.xlarge' | 'ml.c6g.2xlarge' | 'ml.c6g.4xlarge' | 'ml.c6g.8xlarge' | 'ml.c6g.12xlarge' | 'ml.c6g.16xlarge' | 'ml.c6gd.large' | 'ml.c6gd.xlarge' | 'ml.c6gd.2xlarge' | 'ml.c6gd.4xlarge' | 'ml.c6gd.8xlarge' | 'ml.c6gd.12xlarge' | 'ml.c6gd.16xlarge' | 'ml.c6gn.large' | 'ml.c6gn.xlarge' | 'ml.c6gn.2xlarge' | 'ml.c6gn.4xlarge' | 'ml.c6gn.8xlarge' | 'ml.c6gn.12xlarge' | 'ml.c6gn.16xlarge' | 'ml.r6g.large' | 'ml.r6g.xlarge' | 'ml.r6g.2xlarge' | 'ml.r6g.4xlarge' | 'ml.r6g.8xlarge' | 'ml.r6g.12xlarge' | 'ml.r6g.16xlarge' | 'ml.r6gd.large' | 'ml.r6gd.xlarge' | 'ml.r6gd.2xlarge' | 'ml.r6gd.4xlarge' | 'ml.r6gd.8xlarge' | 'ml.r6gd.12xlarge' | 'ml.r6gd.16xlarge' | 'ml.p4de.24xlarge' | 'ml.trn1.2xlarge' | 'ml.trn1.32xlarge' | 'ml.trn1n.32xlarge' | 'ml.trn2.48xlarge' | 'ml.inf2.xlarge' | 'ml.inf2.8xlarge' | 'ml.inf2.24xlarge' | 'ml.inf2.48xlarge' | 'ml.p5.48xlarge' | 'ml.p5e.48xlarge' | 'ml.p5en.48xlarge' | 'ml.m7i.large' | 'ml.m7i.xlarge' | 'ml.m7i.2xlarge' | 'ml.m7i.4xlarge' | 'ml.m7i.8xlarge' | 'ml.m7i.12xlarge' | 'ml.m7i.16xlarge' | 'ml.m7i.24xlarge' | 'ml.m7i.48xlarge' | 'ml.c7i.large' | 'ml.c7i.xlarge' | 'ml.c7i.2xlarge' | 'ml.c7i.4xlarge' | 'ml.c7i.8xlarge' | 'ml.c7i.12xlarge' | 'ml.c7i.16xlarge' | 'ml.c7i.24xlarge' | 'ml.c7i.48xlarge' | 'ml.r7i.large' | 'ml.r7i.xlarge' | 'ml.r7i.2xlarge' | 'ml.r7i.4xlarge' | 'ml.r7i.8xlarge' | 'ml.r7i.12xlarge' | 'ml.r7i.16xlarge' | 'ml.r7i.24xlarge' | 'ml.r7i.48xlarge' | 'ml.c8g.medium' | 'ml.c8g.large' | 'ml.c8g.xlarge' | 'ml.c8g.2xlarge' | 'ml.c8g.4xlarge' | 'ml.c8g.8xlarge' | 'ml.c8g.12xlarge' | 'ml.c8g.16xlarge' | 'ml.c8g.24xlarge' | 'ml.c8g.48xlarge' | 'ml.r7gd.medium' | 'ml.r7gd.large' | 'ml.r7gd.xlarge' | 'ml.r7gd.2xlarge' | 'ml.r7gd.4xlarge' | 'ml.r7gd.8xlarge' | 'ml.r7gd.12xlarge' | 'ml.r7gd.16xlarge' | 'ml.m8g.medium' | 'ml.m8g.large' | 'ml.m8g.xlarge' | 'ml.m8g.2xlarge' | 'ml.m8g.4xlarge' | 'ml.m8g.8xlarge' | 'ml.m8g.12xlarge' | 'ml.m8g.16xlarge' | 'ml.m8g.24xlarge' | 'ml.m8g.48xlarge' | 'ml.c6in.large' | 'ml.c6in.xlarge' | 'ml.c6in.2xlarge' | 'ml.c6in.4xlarge' | 'ml.c6in.8xlarge' | 'ml.c6in.12xlarge' | 'ml.c6in.16xlarge' | 'ml.c6in.24xlarge' | 'ml.c6in.32xlarge' | 'ml.p6-b200.48xlarge' | 'ml.p6-b300.48xlarge' | 'ml.p6e-gb200.36xlarge' | 'ml.p5.4xlarge'>;

/** ProductionVariantManagedInstanceScaling of AWS's API. */
export interface ProductionVariantManagedInstanceScaling {
  /** One of {@link ManagedInstanceScalingStatus}. */
  readonly Status?: ManagedInstanceScalingStatus | undefined;
  /** An integer from 0 up. */
  readonly MinInstanceCount?: number | undefined;
  /** An integer from 1 up. */
  readonly MaxInstanceCount?: number | undefined;
  /** See {@link ProductionVariantManagedInstanceScalingScaleInPolicy}. */
  readonly ScaleInPolicy?: ProductionVariantManagedInstanceScalingScaleInPolicy | undefined;
}

/** ProductionVariantManagedInstanceScalingScaleInPolicy of AWS's API. */
export interface ProductionVariantManagedInstanceScalingScaleInPolicy {
  /** Required. One of {@link ManagedInstanceScalingScaleInStrategy}. */
  readonly Strategy: ManagedInstanceScalingScaleInStrategy | undefined;
  /** An integer from 1 to 100. */
  readonly MaximumStepSize?: number | undefined;
  /** An integer from 5 to 1440. */
  readonly CooldownInMinutes?: number | undefined;
}

/** ProductionVariantRoutingConfig of AWS's API. */
export interface ProductionVariantRoutingConfig {
  /** Required. One of {@link RoutingStrategy}. */
  readonly RoutingStrategy: RoutingStrategy | undefined;
}

/** ProductionVariantServerlessConfig of AWS's API. */
export interface ProductionVariantServerlessConfig {
  /** Required. An integer from 1024 to 6144. */
  readonly MemorySizeInMB: number | undefined;
  /** Required. An integer from 1 to 200. */
  readonly MaxConcurrency: number | undefined;
  /** An integer from 1 to 200. */
  readonly ProvisionedConcurrency?: number | undefined;
}

/** RepositoryAccessMode of AWS's API. */
export type RepositoryAccessMode = OneOf<'Platform' | 'Vpc'>;

/** RepositoryAuthConfig of AWS's API. */
export interface RepositoryAuthConfig {
  /** Required. 1 to 2048 characters. */
  readonly RepositoryCredentialsProviderArn: string | undefined;
}

/** RoutingStrategy of AWS's API. */
export type RoutingStrategy = OneOf<'LEAST_OUTSTANDING_REQUESTS' | 'RANDOM'>;

/** S3ModelDataSource of AWS's API. */
export interface S3ModelDataSource {
  /** Required. At most 1024 characters that match `(https|s3)://([^/]+)/?(.*)`. */
  readonly S3Uri: string | undefined;
  /** Required. One of {@link S3ModelDataType}. */
  readonly S3DataType: S3ModelDataType | undefined;
  /** Required. One of {@link ModelCompressionType}. */
  readonly CompressionType: ModelCompressionType | undefined;
  /** See {@link ModelAccessConfig}. */
  readonly ModelAccessConfig?: ModelAccessConfig | undefined;
  /** See {@link InferenceHubAccessConfig}. */
  readonly HubAccessConfig?: InferenceHubAccessConfig | undefined;
  /** At most 1024 characters that match `(https|s3)://([^/]+)/?(.*)`. */
  readonly ManifestS3Uri?: string | undefined;
  /** Characters. */
  readonly ETag?: string | undefined;
  /** Characters. */
  readonly ManifestEtag?: string | undefined;
}

/** S3ModelDataType of AWS's API. */
export type S3ModelDataType = OneOf<'S3Prefix' | 'S3Object'>;
