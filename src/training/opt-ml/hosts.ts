import type { ResolvedTrainingRequest } from '../../sagemaker/training-request.js';

/** What a job without instance groups calls its only one. */
const ONLY_GROUP = 'homogeneousCluster';

/** A host of a job. */
export interface Host {
  /** `algo-1` and so on. */
  readonly name: string;
  readonly group: InstanceGroup;
}

/** Hosts of one type. */
export interface InstanceGroup {
  readonly name: string;
  readonly instanceType: string;
  /** In the order of the service: `algo-10` before `algo-2`. */
  readonly hosts: readonly string[];
}

/** The hosts of a job, by their numbers. Those of the first group are the first. */
export function hostsOf({ ResourceConfig: resources }: ResolvedTrainingRequest): readonly Host[] {
  let count = 0;
  const groups = sizesOf(resources).map(({ name, instanceType, size }) => {
    const hosts = Array.from({ length: size }, () => `algo-${++count}`);
    return { hosts, group: { name, instanceType, hosts: hosts.toSorted() } };
  });
  return groups.flatMap(({ hosts, group }) => hosts.map((name) => ({ name, group })));
}

/** How many hosts a job has. */
export function numberOfHosts({ ResourceConfig: resources }: ResolvedTrainingRequest): number {
  return sizesOf(resources).reduce((sum, { size }) => sum + size, 0);
}

/**
 * The only host of a job where nobody knows the names of hosts, and all hosts then. sagemaker-training-toolkit looks every
 * name up before it begins, for up to 15 minutes.
 */
export function asOnlyLocalhost({ group }: Host): [Host, readonly Host[]] {
  const host = { name: 'localhost', group: { ...group, hosts: ['localhost'] } };
  return [host, [host]];
}

interface GroupSize {
  readonly name: string;
  readonly instanceType: string;
  readonly size: number;
}

function sizesOf(resources: ResolvedTrainingRequest['ResourceConfig']): GroupSize[] {
  const groups = resources.InstanceGroups ?? [];
  if (groups.length === 0)
    return [{ name: ONLY_GROUP, instanceType: resources.InstanceType!, size: resources.InstanceCount! }];
  return groups.map((group) => ({
    name: group.InstanceGroupName!,
    instanceType: group.InstanceType!,
    size: group.InstanceCount!,
  }));
}
