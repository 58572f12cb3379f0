/** As the SDKs find it in the environment. There is none here that a job or an endpoint would need. */
export function regionOf(env: Readonly<Record<string, string | undefined>>): string {
  return env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
}
