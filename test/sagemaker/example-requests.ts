import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';

const REQUIRED = {
  RoleArn: 'arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole-20200101T000001',
  OutputDataConfig: { S3OutputPath: 's3://amzn-s3-demo-bucket/output' },
  ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 50 },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
} as const;

const IMAGE = '123456789012.dkr.ecr.us-west-2.amazonaws.com/algorithm:1';

/** Requests like those of AWS's guides and example notebooks: each is one that the service takes. */
export const EXAMPLES: Readonly<Record<string, CreateTrainingJobRequest>> = {
  'a built-in algorithm on RecordIO-protobuf through a pipe (linear_learner_mnist)': {
    ...REQUIRED,
    TrainingJobName: 'linear-learner-2026-01-31-12-00-00-123',
    AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: 'Pipe' },
    HyperParameters: { feature_dim: '784', mini_batch_size: '200', predictor_type: 'binary_classifier' },
    InputDataConfig: [
      {
        ChannelName: 'train',
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: 's3://amzn-s3-demo-bucket/linear/train/',
            S3DataDistributionType: 'ShardedByS3Key',
          },
        },
        CompressionType: 'None',
        RecordWrapperType: 'None',
      },
    ],
  },
  'an algorithm of one’s own that reads a pipe (pipe_bring_your_own)': {
    ...REQUIRED,
    TrainingJobName: 'pipe-bring-your-own',
    AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: 'Pipe' },
    InputDataConfig: [
      {
        ChannelName: 'training',
        DataSource: {
          S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://amzn-s3-demo-bucket/pipe/train' },
        },
        CompressionType: 'Gzip',
        RecordWrapperType: 'RecordIO',
        ShuffleConfig: { Seed: 1234 },
      },
    ],
  },
  'an augmented manifest (image_classification, after labelling with Ground Truth)': {
    ...REQUIRED,
    TrainingJobName: 'image-classification',
    AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: 'File' },
    HyperParameters: { image_shape: '3,224,224', num_layers: '18', use_pretrained_model: '1' },
    InputDataConfig: ['train', 'validation'].map((ChannelName) => ({
      ChannelName,
      DataSource: {
        S3DataSource: {
          S3DataType: 'AugmentedManifestFile' as const,
          S3Uri: `s3://amzn-s3-demo-bucket/${ChannelName}.manifest`,
          S3DataDistributionType: 'FullyReplicated' as const,
          AttributeNames: ['source-ref', 'category'],
        },
      },
      ContentType: 'application/x-recordio; label-format=class-id',
      RecordWrapperType: 'RecordIO' as const,
      CompressionType: 'None' as const,
      InputMode: 'Pipe' as const,
    })),
  },
  'files, on two instances (xgboost_abalone)': {
    ...REQUIRED,
    TrainingJobName: 'xgboost',
    AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: 'File' },
    ResourceConfig: { InstanceType: 'ml.m5.2xlarge', InstanceCount: 2, VolumeSizeInGB: 5 },
    HyperParameters: { max_depth: '5', eta: '0.2', objective: 'reg:linear', num_round: '50' },
    InputDataConfig: ['train', 'validation'].map((ChannelName) => ({
      ChannelName,
      DataSource: {
        S3DataSource: {
          S3DataType: 'ManifestFile' as const,
          S3Uri: `s3://amzn-s3-demo-bucket/${ChannelName}.json`,
        },
      },
      ContentType: 'libsvm',
      CompressionType: 'None' as const,
    })),
  },
  'managed spot training with checkpoints (Developer Guide, Managed Spot Training)': {
    ...REQUIRED,
    TrainingJobName: 'spot',
    AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: 'FastFile' },
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: 3600, MaxWaitTimeInSeconds: 7200 },
    CheckpointConfig: { S3Uri: 's3://amzn-s3-demo-bucket/checkpoints', LocalPath: '/opt/ml/checkpoints' },
    RetryStrategy: { MaximumRetryAttempts: 2 },
    InputDataConfig: [
      {
        ChannelName: 'train',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://amzn-s3-demo-bucket/train' } },
      },
    ],
  },
  'groups of instances (Developer Guide, Train Using a Heterogeneous Cluster)': {
    ...REQUIRED,
    TrainingJobName: 'heterogeneous',
    AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: 'File' },
    ResourceConfig: {
      VolumeSizeInGB: 10,
      InstanceGroups: [
        { InstanceGroupName: 'instance_group_1', InstanceType: 'ml.c5.18xlarge', InstanceCount: 2 },
        { InstanceGroupName: 'instance_group_2', InstanceType: 'ml.p3dn.24xlarge', InstanceCount: 1 },
      ],
    },
    InputDataConfig: [
      {
        ChannelName: 'training',
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: 's3://amzn-s3-demo-bucket/train',
            InstanceGroupNames: ['instance_group_1', 'instance_group_2'],
          },
        },
      },
    ],
  },
  'a file system (Developer Guide, FSx for Lustre)': {
    ...REQUIRED,
    TrainingJobName: 'fsx',
    AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: 'File' },
    VpcConfig: { SecurityGroupIds: ['sg-0123456789abcdef0'], Subnets: ['subnet-0123456789abcdef0'] },
    InputDataConfig: [
      {
        ChannelName: 'train',
        DataSource: {
          FileSystemDataSource: {
            FileSystemId: 'fs-0123456789abcdef0',
            FileSystemType: 'FSxLustre',
            FileSystemAccessMode: 'ro',
            DirectoryPath: '/fsx/train',
          },
        },
      },
    ],
  },
  'all that is around it: entrypoint, metrics, tags, Debugger, an experiment': {
    ...REQUIRED,
    TrainingJobName: 'around-it',
    AlgorithmSpecification: {
      TrainingImage: `${IMAGE}@sha256:0123456789abcdef`,
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['python3', '/opt/program/train.py'],
      ContainerArguments: ['--epochs', '3'],
      MetricDefinitions: [{ Name: 'validation:auc', Regex: '.*validation-auc:(\\S+).*' }],
      EnableSageMakerMetricsTimeSeries: true,
    },
    HyperParameters: { sagemaker_program: '"train.py"', layers: '[64, 32]', note: 'ünïcödé 🙂', empty: '' },
    Environment: { PYTHONUNBUFFERED: '1', SCRIPT: 'line 1\nline 2' },
    Tags: [
      { Key: 'team', Value: 'vision' },
      { Key: 'cost centre', Value: '' },
    ],
    DebugHookConfig: {
      S3OutputPath: 's3://amzn-s3-demo-bucket/debug',
      CollectionConfigurations: [
        { CollectionName: 'losses', CollectionParameters: { 'train.save_interval': '50' } },
      ],
    },
    DebugRuleConfigurations: [
      {
        RuleConfigurationName: 'Overfit',
        RuleEvaluatorImage: IMAGE,
        RuleParameters: { rule_to_invoke: 'Overfit' },
      },
    ],
    ProfilerConfig: {
      S3OutputPath: 's3://amzn-s3-demo-bucket/profile',
      ProfilingIntervalInMilliseconds: 500,
    },
    TensorBoardOutputConfig: {
      S3OutputPath: 's3://amzn-s3-demo-bucket/tensorboard',
      LocalPath: '/opt/ml/output',
    },
    ExperimentConfig: { ExperimentName: 'experiment-1', TrialComponentDisplayName: 'Training' },
    InputDataConfig: [
      {
        ChannelName: 'a.b-c_1',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://amzn-s3-demo-bucket' } },
        ContentType: 'text/csv; charset=utf-8',
        InputMode: 'FastFile',
      },
    ],
    EnableNetworkIsolation: true,
    EnableInterContainerTrafficEncryption: false,
    RemoteDebugConfig: { EnableRemoteDebug: true },
  },
};
