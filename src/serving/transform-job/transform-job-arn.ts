import { regionOf } from '../../sagemaker/region.js';

/** What the service calls the job: in the region of this process, and in no account, for its request names none. */
export function transformJobArn(name: string): string {
  return `arn:aws:sagemaker:${regionOf(process.env)}:000000000000:transform-job/${name}`;
}
