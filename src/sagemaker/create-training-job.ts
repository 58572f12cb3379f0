// Generated from AWS's model of the API (botocore, Apache-2.0) by scripts/generate-sagemaker.ts: change it there, and
// run `npx tsx scripts/generate-sagemaker.ts MODEL`.

import type { ChannelDefinition, OneOf } from './channel-definition.js';

/** AlgorithmSpecification of AWS's API. */
export interface AlgorithmSpecification {
  /** At most 255 characters. */
  readonly TrainingImage?: string | undefined;
  /** 1 to 170 characters that match `(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:[a-z\-]*\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)`. */
  readonly AlgorithmName?: string | undefined;
  /** Required. One of {@link TrainingInputMode}. */
  readonly TrainingInputMode: TrainingInputMode | undefined;
  /** A list of at most 40. Each: see {@link MetricDefinition}. */
  readonly MetricDefinitions?: readonly MetricDefinition[] | undefined;
  /** `true` or `false`. */
  readonly EnableSageMakerMetricsTimeSeries?: boolean | undefined;
  /** A list of 1 to 100. Each: at most 256 characters. */
  readonly ContainerEntrypoint?: readonly string[] | undefined;
  /** A list of 1 to 100. Each: at most 256 characters. */
  readonly ContainerArguments?: readonly string[] | undefined;
  /** See {@link TrainingImageConfig}. */
  readonly TrainingImageConfig?: TrainingImageConfig | undefined;
}

/** CheckpointConfig of AWS's API. */
export interface CheckpointConfig {
  /** Required. At most 1024 characters that match `(https|s3)://([^/]+)/?(.*)`. */
  readonly S3Uri: string | undefined;
  /** At most 4096 characters. */
  readonly LocalPath?: string | undefined;
}

/** CollectionConfiguration of AWS's API. */
export interface CollectionConfiguration {
  /** 1 to 256 characters. */
  readonly CollectionName?: string | undefined;
  /** An object of at most 20 entries. Keys: 1 to 256 characters; values: at most 256 characters. */
  readonly CollectionParameters?: Readonly<Record<string, string>> | undefined;
}

/** CreateTrainingJobRequest of AWS's API. */
export interface CreateTrainingJobRequest {
  /** Required. 1 to 63 characters that match `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`. */
  readonly TrainingJobName: string | undefined;
  /** An object of at most 100 entries. Keys: at most 256 characters; values: at most 2500 characters. */
  readonly HyperParameters?: Readonly<Record<string, string>> | undefined;
  /** See {@link AlgorithmSpecification}. */
  readonly AlgorithmSpecification?: AlgorithmSpecification | undefined;
  /** Required. 20 to 2048 characters that match `arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`. */
  readonly RoleArn: string | undefined;
  /** A list of 1 to 20. Each: see {@link ChannelDefinition}. */
  readonly InputDataConfig?: readonly ChannelDefinition[] | undefined;
  /** Required. See {@link OutputDataConfig}. */
  readonly OutputDataConfig: OutputDataConfig | undefined;
  /** See {@link ResourceConfig}. */
  readonly ResourceConfig?: ResourceConfig | undefined;
  /** See {@link VpcConfig}. */
  readonly VpcConfig?: VpcConfig | undefined;
  /** See {@link StoppingCondition}. */
  readonly StoppingCondition?: StoppingCondition | undefined;
  /** A list of at most 50. Each: see {@link Tag}. */
  readonly Tags?: readonly Tag[] | undefined;
  /** `true` or `false`. */
  readonly EnableNetworkIsolation?: boolean | undefined;
  /** `true` or `false`. */
  readonly EnableInterContainerTrafficEncryption?: boolean | undefined;
  /** `true` or `false`. */
  readonly EnableManagedSpotTraining?: boolean | undefined;
  /** See {@link CheckpointConfig}. */
  readonly CheckpointConfig?: CheckpointConfig | undefined;
  /** See {@link DebugHookConfig}. */
  readonly DebugHookConfig?: DebugHookConfig | undefined;
  /** A list of at most 20. Each: see {@link DebugRuleConfiguration}. */
  readonly DebugRuleConfigurations?: readonly DebugRuleConfiguration[] | undefined;
  /** See {@link TensorBoardOutputConfig}. */
  readonly TensorBoardOutputConfig?: TensorBoardOutputConfig | undefined;
  /** See {@link ExperimentConfig}. */
  readonly ExperimentConfig?: ExperimentConfig | undefined;
  /** See {@link ProfilerConfig}. */
  readonly ProfilerConfig?: ProfilerConfig | undefined;
  /** A list of at most 20. Each: see {@link ProfilerRuleConfiguration}. */
  readonly ProfilerRuleConfigurations?: readonly ProfilerRuleConfiguration[] | undefined;
  /** An object of at most 100 entries. Keys: at most 512 characters that match `[a-zA-Z_][a-zA-Z0-9_]*`; values: at most 512 characters. */
  readonly Environment?: Readonly<Record<string, string>> | undefined;
  /** See {@link RetryStrategy}. */
  readonly RetryStrategy?: RetryStrategy | undefined;
  /** See {@link RemoteDebugConfig}. */
  readonly RemoteDebugConfig?: RemoteDebugConfig | undefined;
  /** See {@link InfraCheckConfig}. */
  readonly InfraCheckConfig?: InfraCheckConfig | undefined;
  /** See {@link SessionChainingConfig}. */
  readonly SessionChainingConfig?: SessionChainingConfig | undefined;
  /** See {@link ServerlessJobConfig}. */
  readonly ServerlessJobConfig?: ServerlessJobConfig | undefined;
  /** See {@link MlflowConfig}. */
  readonly MlflowConfig?: MlflowConfig | undefined;
  /** See {@link ModelPackageConfig}. */
  readonly ModelPackageConfig?: ModelPackageConfig | undefined;
}

/** CustomizationTechnique of AWS's API. */
export type CustomizationTechnique = OneOf<'SFT' | 'DPO' | 'RLVR' | 'RLAIF'>;

/** DebugHookConfig of AWS's API. */
export interface DebugHookConfig {
  /** At most 4096 characters. */
  readonly LocalPath?: string | undefined;
  /** Required. At most 1024 characters that match `(https|s3)://([^/]+)/?(.*)`. */
  readonly S3OutputPath: string | undefined;
  /** An object of at most 20 entries. Keys: 1 to 256 characters; values: at most 256 characters. */
  readonly HookParameters?: Readonly<Record<string, string>> | undefined;
  /** A list of at most 20. Each: see {@link CollectionConfiguration}. */
  readonly CollectionConfigurations?: readonly CollectionConfiguration[] | undefined;
}

/** DebugRuleConfiguration of AWS's API. */
export interface DebugRuleConfiguration {
  /** Required. 1 to 256 characters. */
  readonly RuleConfigurationName: string | undefined;
  /** At most 4096 characters. */
  readonly LocalPath?: string | undefined;
  /** At most 1024 characters that match `(https|s3)://([^/]+)/?(.*)`. */
  readonly S3OutputPath?: string | undefined;
  /** Required. At most 255 characters. */
  readonly RuleEvaluatorImage: string | undefined;
  /** One of {@link ProcessingInstanceType}. */
  readonly InstanceType?: ProcessingInstanceType | undefined;
  /** An integer from 0 up. */
  readonly VolumeSizeInGB?: number | undefined;
  /** An object of at most 100 entries. Keys: 1 to 256 characters; values: at most 256 characters. */
  readonly RuleParameters?: Readonly<Record<string, string>> | undefined;
}

/** EvaluationType of AWS's API. */
export type EvaluationType = OneOf<'LLMAJEvaluation' | 'CustomScorerEvaluation' | 'BenchmarkEvaluation'>;

/** ExperimentConfig of AWS's API. */
export interface ExperimentConfig {
  /** 1 to 120 characters that match `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}`. */
  readonly ExperimentName?: string | undefined;
  /** 1 to 120 characters that match `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}`. */
  readonly TrialName?: string | undefined;
  /** 1 to 120 characters that match `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}`. */
  readonly TrialComponentDisplayName?: string | undefined;
  /** 1 to 120 characters that match `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}`. */
  readonly RunName?: string | undefined;
}

/** InfraCheckConfig of AWS's API. */
export interface InfraCheckConfig {
  /** `true` or `false`. */
  readonly EnableInfraCheck?: boolean | undefined;
}

/** InstanceGroup of AWS's API. */
export interface InstanceGroup {
  /** Required. One of {@link TrainingInstanceType}. */
  readonly InstanceType: TrainingInstanceType | undefined;
  /** Required. An integer from 0 up. */
  readonly InstanceCount: number | undefined;
  /** Required. 1 to 64 characters. */
  readonly InstanceGroupName: string | undefined;
}

/** InstancePlacementConfig of AWS's API. */
export interface InstancePlacementConfig {
  /** `true` or `false`. */
  readonly EnableMultipleJobs?: boolean | undefined;
  /** A list of at most 10. Each: see {@link PlacementSpecification}. */
  readonly PlacementSpecifications?: readonly PlacementSpecification[] | undefined;
}

/** MetricDefinition of AWS's API. */
export interface MetricDefinition {
  /** Required. 1 to 255 characters. */
  readonly Name: string | undefined;
  /** Required. 1 to 500 characters. */
  readonly Regex: string | undefined;
}

/** MlflowConfig of AWS's API. */
export interface MlflowConfig {
  /** Required. At most 2048 characters that match `arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:mlflow-[a-zA-Z-]*\/.*`. */
  readonly MlflowResourceArn: string | undefined;
  /** 1 to 256 characters. */
  readonly MlflowExperimentName?: string | undefined;
  /** 1 to 256 characters. */
  readonly MlflowRunName?: string | undefined;
}

/** ModelPackageConfig of AWS's API. */
export interface ModelPackageConfig {
  /** Required. 1 to 2048 characters that match `arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package-group/[\S]{1,2048}`. */
  readonly ModelPackageGroupArn: string | undefined;
  /** 1 to 2048 characters that match `arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:model-package/[\S]{1,2048}`. */
  readonly SourceModelPackageArn?: string | undefined;
}

/** OutputCompressionType of AWS's API. */
export type OutputCompressionType = OneOf<'GZIP' | 'NONE'>;

/** OutputDataConfig of AWS's API. */
export interface OutputDataConfig {
  /** At most 2048 characters that match `[a-zA-Z0-9:/_-]*`. */
  readonly KmsKeyId?: string | undefined;
  /** Required. At most 1024 characters that match `(https|s3)://([^/]+)/?(.*)`. */
  readonly S3OutputPath: string | undefined;
  /** One of {@link OutputCompressionType}. */
  readonly CompressionType?: OutputCompressionType | undefined;
}

/** Peft of AWS's API. */
export type Peft = OneOf<'LORA'>;

/** PlacementSpecification of AWS's API. */
export interface PlacementSpecification {
  /** At most 256 characters. */
  readonly UltraServerId?: string | undefined;
  /** Required. An integer from 0 up. */
  readonly InstanceCount: number | undefined;
}

/** ProcessingInstanceType of AWS's API. */
// prettier-ignore
export type ProcessingInstanceType = OneOf<'ml.t3.medium' | 'ml.t3.large' | 'ml.t3.xlarge' | 'ml.t3.2xlarge' | 'ml.m4.xlarge' | 'ml.m4.2xlarge' | 'ml.m4.4xlarge' | 'ml.m4.10xlarge' | 'ml.m4.16xlarge' | 'ml.c4.xlarge' | 'ml.c4.2xlarge' | 'ml.c4.4xlarge' | 'ml.c4.8xlarge' | 'ml.p2.xlarge' | 'ml.p2.8xlarge' | 'ml.p2.16xlarge' | 'ml.p3.2xlarge' | 'ml.p3.8xlarge' | 'ml.p3.16xlarge' | 'ml.c5.xlarge' | 'ml.c5.2xlarge' | 'ml.c5.4xlarge' | 'ml.c5.9xlarge' | 'ml.c5.18xlarge' | 'ml.m5.large' | 'ml.m5.xlarge' | 'ml.m5.2xlarge' | 'ml.m5.4xlarge' | 'ml.m5.12xlarge' | 'ml.m5.24xlarge' | 'ml.r5.large' | 'ml.r5.xlarge' | 'ml.r5.2xlarge' | 'ml.r5.4xlarge' | 'ml.r5.8xlarge' | 'ml.r5.12xlarge' | 'ml.r5.16xlarge' | 'ml.r5.24xlarge' | 'ml.g4dn.xlarge' | 'ml.g4dn.2xlarge' | 'ml.g4dn.4xlarge' | 'ml.g4dn.8xlarge' | 'ml.g4dn.12xlarge' | 'ml.g4dn.16xlarge' | 'ml.g5.xlarge' | 'ml.g5.2xlarge' | 'ml.g5.4xlarge' | 'ml.g5.8xlarge' | 'ml.g5.16xlarge' | 'ml.g5.12xlarge' | 'ml.g5.24xlarge' | 'ml.g5.48xlarge' | 'ml.r5d.large' | 'ml.r5d.xlarge' | 'ml.r5d.2xlarge' | 'ml.r5d.4xlarge' | 'ml.r5d.8xlarge' | 'ml.r5d.12xlarge' | 'ml.r5d.16xlarge' | 'ml.r5d.24xlarge' | 'ml.g6.xlarge' | 'ml.g6.2xlarge' | 'ml.g6.4xlarge' | 'ml.g6.8xlarge' | 'ml.g6.12xlarge' | 'ml.g6.16xlarge' | 'ml.g6.24xlarge' | 'ml.g6.48xlarge' | 'ml.g6e.xlarge' | 'ml.g6e.2xlarge' | 'ml.g6e.4xlarge' | 'ml.g6e.8xlarge' | 'ml.g6e.12xlarge' | 'ml.g6e.16xlarge' | 'ml.g6e.24xlarge' | 'ml.g6e.48xlarge' | 'ml.m6i.large' | 'ml.m6i.xlarge' | 'ml.m6i.2xlarge' | 'ml.m6i.4xlarge' | 'ml.m6i.8xlarge' | 'ml.m6i.12xlarge' | 'ml.m6i.16xlarge' | 'ml.m6i.24xlarge' | 'ml.m6i.32xlarge' | 'ml.c6i.xlarge' | 'ml.c6i.2xlarge' | 'ml.c6i.4xlarge' | 'ml.c6i.8xlarge' | 'ml.c6i.12xlarge' | 'ml.c6i.16xlarge' | 'ml.c6i.24xlarge' | 'ml.c6i.32xlarge' | 'ml.m7i.large' | 'ml.m7i.xlarge' | 'ml.m7i.2xlarge' | 'ml.m7i.4xlarge' | 'ml.m7i.8xlarge' | 'ml.m7i.12xlarge' | 'ml.m7i.16xlarge' | 'ml.m7i.24xlarge' | 'ml.m7i.48xlarge' | 'ml.c7i.large' | 'ml.c7i.xlarge' | 'ml.c7i.2xlarge' | 'ml.c7i.4xlarge' | 'ml.c7i.8xlarge' | 'ml.c7i.12xlarge' | 'ml.c7i.16xlarge' | 'ml.c7i.24xlarge' | 'ml.c7i.48xlarge' | 'ml.r7i.large' | 'ml.r7i.xlarge' | 'ml.r7i.2xlarge' | 'ml.r7i.4xlarge' | 'ml.r7i.8xlarge' | 'ml.r7i.12xlarge' | 'ml.r7i.16xlarge' | 'ml.r7i.24xlarge' | 'ml.r7i.48xlarge' | 'ml.p5.4xlarge' | 'ml.g7e.2xlarge' | 'ml.g7e.4xlarge' | 'ml.g7e.8xlarge' | 'ml.g7e.12xlarge' | 'ml.g7e.24xlarge' | 'ml.g7e.48xlarge'>;

/** ProfilerConfig of AWS's API. */
export interface ProfilerConfig {
  /** At most 1024 characters that match `(https|s3)://([^/]+)/?(.*)`. */
  readonly S3OutputPath?: string | undefined;
  /** An integer. */
  readonly ProfilingIntervalInMilliseconds?: number | undefined;
  /** An object of at most 20 entries. Keys: 1 to 256 characters; values: at most 256 characters. */
  readonly ProfilingParameters?: Readonly<Record<string, string>> | undefined;
  /** `true` or `false`. */
  readonly DisableProfiler?: boolean | undefined;
}

/** ProfilerRuleConfiguration of AWS's API. */
export interface ProfilerRuleConfiguration {
  /** Required. 1 to 256 characters. */
  readonly RuleConfigurationName: string | undefined;
  /** At most 4096 characters. */
  readonly LocalPath?: string | undefined;
  /** At most 1024 characters that match `(https|s3)://([^/]+)/?(.*)`. */
  readonly S3OutputPath?: string | undefined;
  /** Required. At most 255 characters. */
  readonly RuleEvaluatorImage: string | undefined;
  /** One of {@link ProcessingInstanceType}. */
  readonly InstanceType?: ProcessingInstanceType | undefined;
  /** An integer from 0 up. */
  readonly VolumeSizeInGB?: number | undefined;
  /** An object of at most 100 entries. Keys: 1 to 256 characters; values: at most 256 characters. */
  readonly RuleParameters?: Readonly<Record<string, string>> | undefined;
}

/** RemoteDebugConfig of AWS's API. */
export interface RemoteDebugConfig {
  /** `true` or `false`. */
  readonly EnableRemoteDebug?: boolean | undefined;
}

/** ResourceConfig of AWS's API. */
export interface ResourceConfig {
  /** One of {@link TrainingInstanceType}. */
  readonly InstanceType?: TrainingInstanceType | undefined;
  /** An integer from 0 up. */
  readonly InstanceCount?: number | undefined;
  /** An integer from 0 up. */
  readonly VolumeSizeInGB?: number | undefined;
  /** At most 2048 characters that match `[a-zA-Z0-9:/_-]*`. */
  readonly VolumeKmsKeyId?: string | undefined;
  /** An integer from 0 to 21600. */
  readonly KeepAlivePeriodInSeconds?: number | undefined;
  /** A list of at most 5. Each: see {@link InstanceGroup}. */
  readonly InstanceGroups?: readonly InstanceGroup[] | undefined;
  /** 50 to 2048 characters that match `arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:training-plan/.*`. */
  readonly TrainingPlanArn?: string | undefined;
  /** See {@link InstancePlacementConfig}. */
  readonly InstancePlacementConfig?: InstancePlacementConfig | undefined;
}

/** RetryStrategy of AWS's API. */
export interface RetryStrategy {
  /** Required. An integer from 1 to 30. */
  readonly MaximumRetryAttempts: number | undefined;
}

/** ServerlessJobConfig of AWS's API. */
export interface ServerlessJobConfig {
  /** Required. 1 to 2048 characters that match `(arn:[a-z0-9-\.]{1,63}:sagemaker:\w+(?:-\w+)+:(\d{12}|aws):hub-content\/)[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}\/Model\/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}(\/\d{1,4}.\d{1,4}.\d{1,4})?`. */
  readonly BaseModelArn: string | undefined;
  /** `true` or `false`. */
  readonly AcceptEula?: boolean | undefined;
  /** Required. One of {@link ServerlessJobType}. */
  readonly JobType: ServerlessJobType | undefined;
  /** One of {@link CustomizationTechnique}. */
  readonly CustomizationTechnique?: CustomizationTechnique | undefined;
  /** One of {@link Peft}. */
  readonly Peft?: Peft | undefined;
  /** One of {@link EvaluationType}. */
  readonly EvaluationType?: EvaluationType | undefined;
  /** Characters. */
  readonly EvaluatorArn?: string | undefined;
}

/** ServerlessJobType of AWS's API. */
export type ServerlessJobType = OneOf<'FineTuning' | 'Evaluation'>;

/** SessionChainingConfig of AWS's API. */
export interface SessionChainingConfig {
  /** `true` or `false`. */
  readonly EnableSessionTagChaining?: boolean | undefined;
}

/** StoppingCondition of AWS's API. */
export interface StoppingCondition {
  /** An integer from 1 up. */
  readonly MaxRuntimeInSeconds?: number | undefined;
  /** An integer from 1 up. */
  readonly MaxWaitTimeInSeconds?: number | undefined;
  /** An integer from 7200 to 2419200. */
  readonly MaxPendingTimeInSeconds?: number | undefined;
}

/** Tag of AWS's API. */
export interface Tag {
  /** Required. 1 to 128 characters that match `([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`. */
  readonly Key: string | undefined;
  /** Required. At most 256 characters that match `([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`. */
  readonly Value: string | undefined;
}

/** TensorBoardOutputConfig of AWS's API. */
export interface TensorBoardOutputConfig {
  /** At most 4096 characters. */
  readonly LocalPath?: string | undefined;
  /** Required. At most 1024 characters that match `(https|s3)://([^/]+)/?(.*)`. */
  readonly S3OutputPath: string | undefined;
}

/** TrainingImageConfig of AWS's API. */
export interface TrainingImageConfig {
  /** Required. One of {@link TrainingRepositoryAccessMode}. */
  readonly TrainingRepositoryAccessMode: TrainingRepositoryAccessMode | undefined;
  /** See {@link TrainingRepositoryAuthConfig}. */
  readonly TrainingRepositoryAuthConfig?: TrainingRepositoryAuthConfig | undefined;
}

/** TrainingInputMode of AWS's API. */
export type TrainingInputMode = OneOf<'Pipe' | 'File' | 'FastFile'>;

/** TrainingInstanceType of AWS's API. */
// prettier-ignore
export type TrainingInstanceType = OneOf<'ml.m4.xlarge' | 'ml.m4.2xlarge' | 'ml.m4.4xlarge' | 'ml.m4.10xlarge' | 'ml.m4.16xlarge' | 'ml.g4dn.xlarge' | 'ml.g4dn.2xlarge' | 'ml.g4dn.4xlarge' | 'ml.g4dn.8xlarge' | 'ml.g4dn.12xlarge' | 'ml.g4dn.16xlarge' | 'ml.m5.large' | 'ml.m5.xlarge' | 'ml.m5.2xlarge' | 'ml.m5.4xlarge' | 'ml.m5.12xlarge' | 'ml.m5.24xlarge' | 'ml.c4.xlarge' | 'ml.c4.2xlarge' | 'ml.c4.4xlarge' | 'ml.c4.8xlarge' | 'ml.p2.xlarge' | 'ml.p2.8xlarge' | 'ml.p2.16xlarge' | 'ml.p3.2xlarge' | 'ml.p3.8xlarge' | 'ml.p3.16xlarge' | 'ml.p3dn.24xlarge' | 'ml.p4d.24xlarge' | 'ml.p4de.24xlarge' | 'ml.p5.48xlarge' | 'ml.p5e.48xlarge' | 'ml.p5en.48xlarge' | 'ml.c5.xlarge' | 'ml.c5.2xlarge' | 'ml.c5.4xlarge' | 'ml.c5.9xlarge' | 'ml.c5.18xlarge' | 'ml.c5n.xlarge' | 'ml.c5n.2xlarge' | 'ml.c5n.4xlarge' | 'ml.c5n.9xlarge' | 'ml.c5n.18xlarge' | 'ml.g5.xlarge' | 'ml.g5.2xlarge' | 'ml.g5.4xlarge' | 'ml.g5.8xlarge' | 'ml.g5.16xlarge' | 'ml.g5.12xlarge' | 'ml.g5.24xlarge' | 'ml.g5.48xlarge' | 'ml.g6.xlarge' | 'ml.g6.2xlarge' | 'ml.g6.4xlarge' | 'ml.g6.8xlarge' | 'ml.g6.16xlarge' | 'ml.g6.12xlarge' | 'ml.g6.24xlarge' | 'ml.g6.48xlarge' | 'ml.g6e.xlarge' | 'ml.g6e.2xlarge' | 'ml.g6e.4xlarge' | 'ml.g6e.8xlarge' | 'ml.g6e.16xlarge' | 'ml.g6e.12xlarge' | 'ml.g6e.24xlarge' | 'ml.g6e.48xlarge' | 'ml.trn1.2xlarge' | 'ml.trn1.32xlarge' | 'ml.trn1n.32xlarge' | 'ml.trn2.48xlarge' | 'ml.m6i.large' | 'ml.m6i.xlarge' | 'ml.m6i.2xlarge' | 'ml.m6i.4xlarge' | 'ml.m6i.8xlarge' | 'ml.m6i.12xlarge' | 'ml.m6i.16xlarge' | 'ml.m6i.24xlarge' | 'ml.m6i.32xlarge' | 'ml.c6i.xlarge' | 'ml.c6i.2xlarge' | 'ml.c6i.8xlarge' | 'ml.c6i.4xlarge' | 'ml.c6i.12xlarge' | 'ml.c6i.16xlarge' | 'ml.c6i.24xlarge' | 'ml.c6i.32xlarge' | 'ml.r5d.large' | 'ml.r5d.xlarge' | 'ml.r5d.2xlarge' | 'ml.r5d.4xlarge' | 'ml.r5d.8xlarge' | 'ml.r5d.12xlarge' | 'ml.r5d.16xlarge' | 'ml.r5d.24xlarge' | 'ml.t3.medium' | 'ml.t3.large' | 'ml.t3.xlarge' | 'ml.t3.2xlarge' | 'ml.r5.large' | 'ml.r5.xlarge' | 'ml.r5.2xlarge' | 'ml.r5.4xlarge' | 'ml.r5.8xlarge' | 'ml.r5.12xlarge' | 'ml.r5.16xlarge' | 'ml.r5.24xlarge' | 'ml.p6-b200.48xlarge' | 'ml.m7i.large' | 'ml.m7i.xlarge' | 'ml.m7i.2xlarge' | 'ml.m7i.4xlarge' | 'ml.m7i.8xlarge' | 'ml.m7i.12xlarge' | 'ml.m7i.16xlarge' | 'ml.m7i.24xlarge' | 'ml.m7i.48xlarge' | 'ml.c7i.large' | 'ml.c7i.xlarge' | 'ml.c7i.2xlarge' | 'ml.c7i.4xlarge' | 'ml.c7i.8xlarge' | 'ml.c7i.12xlarge' | 'ml.c7i.16xlarge' | 'ml.c7i.24xlarge' | 'ml.c7i.48xlarge' | 'ml.r7i.large' | 'ml.r7i.xlarge' | 'ml.r7i.2xlarge' | 'ml.r7i.4xlarge' | 'ml.r7i.8xlarge' | 'ml.r7i.12xlarge' | 'ml.r7i.16xlarge' | 'ml.r7i.24xlarge' | 'ml.r7i.48xlarge' | 'ml.p6e-gb200.36xlarge' | 'ml.p5.4xlarge' | 'ml.p6-b300.48xlarge' | 'ml.g7e.2xlarge' | 'ml.g7e.4xlarge' | 'ml.g7e.8xlarge' | 'ml.g7e.12xlarge' | 'ml.g7e.24xlarge' | 'ml.g7e.48xlarge'>;

/** TrainingRepositoryAccessMode of AWS's API. */
export type TrainingRepositoryAccessMode = OneOf<'Platform' | 'Vpc'>;

/** TrainingRepositoryAuthConfig of AWS's API. */
export interface TrainingRepositoryAuthConfig {
  /** Required. 1 to 2048 characters that match `arn:[\p{Alnum}\-]+:lambda:[\p{Alnum}\-]+:[0-9]{12}:function:.*`. */
  readonly TrainingRepositoryCredentialsProviderArn: string | undefined;
}

/** VpcConfig of AWS's API. */
export interface VpcConfig {
  /** Required. A list of 1 to 5. Each: at most 32 characters that match `[-0-9a-zA-Z]+`. */
  readonly SecurityGroupIds: readonly string[] | undefined;
  /** Required. A list of 1 to 16. Each: at most 32 characters that match `[-0-9a-zA-Z]+`. */
  readonly Subnets: readonly string[] | undefined;
}
