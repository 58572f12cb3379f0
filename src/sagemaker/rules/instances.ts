import { missing, refused } from '../problems.js';
import type { RequestRule } from './rule.js';

/** The service: "InstanceType or InstanceCount cannot be specified with InstanceGroups" (aws/sagemaker-python-sdk#5564). */
export const instancesOrGroups: RequestRule = function* ({ ResourceConfig: resources = {} }, { strict }) {
  const { InstanceGroups: groups = [] } = resources;
  for (const member of ['InstanceType', 'InstanceCount'] as const) {
    const value = resources[member];
    if (groups.length > 0 && value !== undefined) {
      yield refused(
        `ResourceConfig.${member}`,
        value,
        'InstanceGroups say this already. Leave one of them out.',
      );
    }
    if (groups.length === 0 && value === undefined && strict) yield missing(`ResourceConfig.${member}`);
  }
};

/** The model allows none, and then there is nothing to run on. */
export const someInstance: RequestRule = function* ({ ResourceConfig: resources = {} }) {
  const { InstanceCount: count, InstanceGroups: groups = [] } = resources;
  const reason = 'a job needs at least one instance.';
  if (count === 0) yield refused('ResourceConfig.InstanceCount', count, reason);
  if (groups.length > 0 && groups.every((group) => group.InstanceCount === 0))
    yield refused('ResourceConfig.InstanceGroups', groups, reason);
};

/** Channels and resourceconfig.json know a group by its name. */
export const distinctGroups: RequestRule = function* ({
  ResourceConfig: { InstanceGroups: groups = [] } = {},
}) {
  const names = groups.map((group) => group.InstanceGroupName);
  for (const [index, name] of names.entries()) {
    const other = names.indexOf(name);
    if (typeof name !== 'string' || other === index) continue;
    const path = `ResourceConfig.InstanceGroups[${index}].InstanceGroupName`;
    yield refused(path, name, `InstanceGroups[${other}] has the same name. Each group needs one of its own.`);
  }
};

/** API reference, S3DataSource: InstanceGroupNames are the "instance groups that get data from the S3 data source". */
export const knownGroups: RequestRule = function* ({ InputDataConfig = [], ResourceConfig: resources = {} }) {
  const names = (resources.InstanceGroups ?? []).map((group) => group.InstanceGroupName);
  const known =
    names.length === 0 ? 'ResourceConfig has no InstanceGroups' : `the groups are ${names.join(', ')}`;
  for (const [index, channel] of InputDataConfig.entries()) {
    for (const [at, name] of (channel.DataSource?.S3DataSource?.InstanceGroupNames ?? []).entries()) {
      if (typeof name !== 'string' || names.includes(name)) continue;
      const path = `InputDataConfig[${index}].DataSource.S3DataSource.InstanceGroupNames[${at}]`;
      yield refused(path, name, `there is no such group: ${known}.`);
    }
  }
};

/**
 * The service: "Some channels have assigned instance groups: [train] while others not: [code]"
 * (aws/sagemaker-python-sdk#6089).
 */
export const allInGroupsOrNone: RequestRule = function* ({ InputDataConfig = [] }) {
  const isAssigned = InputDataConfig.map(
    (channel) => (channel.DataSource?.S3DataSource?.InstanceGroupNames ?? []).length > 0,
  );
  const assigned = isAssigned.indexOf(true);
  if (assigned < 0) return;
  for (const [index, channel] of InputDataConfig.entries()) {
    if (isAssigned[index] || channel.DataSource?.S3DataSource === undefined) continue;
    const path = `InputDataConfig[${index}].DataSource.S3DataSource.InstanceGroupNames`;
    yield missing(path, `InputDataConfig[${assigned}] has them, and then every channel needs them.`);
  }
};
