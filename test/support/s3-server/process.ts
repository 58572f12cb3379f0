import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { S3ServerOptions } from '../s3-server.js';

/** What the server of a process serves, apart from how fast. */
export interface ServerPlan extends S3ServerOptions {
  readonly bucket: string;
  readonly objects: readonly { readonly key: string; readonly size: number; readonly seed?: number }[];
}

export interface S3ServerProcess extends AsyncDisposable {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * The same server with synthetic objects in a process of its own, so that it does not share a thread with what is
 * measured. The parent has to run under tsx, or on built files.
 */
export async function startS3ServerProcess(plan: ServerPlan): Promise<S3ServerProcess> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const child = fork(main, [JSON.stringify(plan)], { execArgv: ['--import', 'tsx'] });
  const [endpoint] = (await Promise.race([once(child, 'message'), failureOf(child)])) as [string];
  const stop = async () => {
    const closed = once(child, 'exit');
    if (child.connected) child.disconnect();
    if (child.exitCode === null && child.signalCode === null) await closed;
  };
  return { endpoint, stop, [Symbol.asyncDispose]: stop };
}

async function failureOf(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`The S3 server's process ended with status ${code} before it was ready.`);
}
