import { regionOf } from '../sagemaker/region.js';
import type { ResolvedTrainingRequest } from '../sagemaker/training-request.js';

const ROLE = /^arn:(?<partition>[^:]*):iam::(?<account>\d{12}):/;

/** What the service calls the job: in the partition and account of its role, and the region of this process. */
export function trainingJobArn({ TrainingJobName: name, RoleArn }: ResolvedTrainingRequest): string {
  const { partition = 'aws', account = '000000000000' } = ROLE.exec(RoleArn)?.groups ?? {};
  return `arn:${partition}:sagemaker:${regionOf(process.env)}:${account}:training-job/${name}`;
}
