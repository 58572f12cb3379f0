import { vi } from 'vitest';

/** No configuration but the one of the test. Call `vi.unstubAllEnvs()` after it. */
export function stubAwsEnvironment(environment: Record<string, string> = {}): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials');
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
}
