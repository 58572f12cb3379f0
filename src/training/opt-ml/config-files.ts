import type { ChannelDefinition } from '../../sagemaker/channel-definition.js';
import type { ResolvedTrainingRequest } from '../../sagemaker/training-request.js';
import type { Host } from './hosts.js';
import { networkInterface } from './network-interface.js';

/** The directory for checkpoints, below the algorithm's /opt/ml, unless the request names another. */
const CHECKPOINTS = 'checkpoints';

/** Whom the files are for. */
export interface HostContext {
  readonly host: Host;
  /** All of the job, this one included. */
  readonly hosts: readonly Host[];
  /** What the algorithm has for /opt/ml. */
  readonly base: string;
  /** The network interface by which the hosts reach each other. Default: this machine's for programs of its own. */
  readonly networkInterface?: string | undefined;
}

/**
 * What is in `input/config`, by file name (Developer Guide, How Amazon SageMaker Provides Training Information).
 * `checkpointconfig.json` is there when the request has a `CheckpointConfig`.
 */
export function configFiles(
  request: ResolvedTrainingRequest,
  context: HostContext,
): Readonly<Record<string, object>> {
  const checkpoints = checkpointPath(request, context.base);
  return {
    'hyperparameters.json': request.HyperParameters,
    'inputdataconfig.json': inputDataConfig(request),
    'resourceconfig.json': resourceConfig(context),
    ...(checkpoints === undefined ? undefined : { 'checkpointconfig.json': { LocalPath: checkpoints } }),
  };
}

/** Where the algorithm keeps its checkpoints, as it sees it, below its /opt/ml; `undefined` without `CheckpointConfig`. */
export function checkpointPath(
  { CheckpointConfig: config }: ResolvedTrainingRequest,
  base: string,
): string | undefined {
  if (config === undefined) return undefined;
  return config.LocalPath?.replace(/^\/opt\/ml(?=\/)/, base) ?? `${base}/${CHECKPOINTS}`;
}

/** XGBoost's container reads the last three without a default: a key that is missing is a crash. */
function inputDataConfig({ InputDataConfig, AlgorithmSpecification }: ResolvedTrainingRequest): object {
  const entryOf = (channel: ChannelDefinition) => ({
    ...(channel.ContentType === undefined ? undefined : { ContentType: channel.ContentType }),
    TrainingInputMode: channel.InputMode ?? AlgorithmSpecification.TrainingInputMode,
    S3DistributionType: channel.DataSource?.S3DataSource?.S3DataDistributionType ?? 'FullyReplicated',
    RecordWrapperType: channel.RecordWrapperType ?? 'None',
  });
  return Object.fromEntries(
    InputDataConfig.map((channel) => [channel.ChannelName!, entryOf(channel)] as const),
  );
}

function resourceConfig({ host, hosts, networkInterface: name = networkInterface() }: HostContext): object {
  const groups = new Set(hosts.map(({ group }) => group));
  return {
    current_host: host.name,
    current_instance_type: host.group.instanceType,
    current_group_name: host.group.name,
    hosts: hosts.map(({ name }) => name).toSorted(),
    instance_groups: [...groups].map((group) => ({
      instance_group_name: group.name,
      instance_type: group.instanceType,
      hosts: group.hosts,
    })),
    network_interface_name: name,
  };
}
