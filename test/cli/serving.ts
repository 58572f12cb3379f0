import { NODE_SERVER, PYTHON_SERVER } from '../serving/support/servers.js';
import { Command } from './command.js';

/** A busy machine takes longer than the 250 ms of the service to hand a connection over. */
export const PATIENT = ['--port', '0', '--connect-timeout', '10'];

export const nodeServer = [process.execPath, '-e', NODE_SERVER, '--'];
export const pythonServer = ['python3', '-c', PYTHON_SERVER];

/** `sagemaker-pipe serve` on a port of its own. */
export function startServing(args: readonly string[], program: readonly string[]): Command {
  return new Command(['serve', ...args, ...PATIENT, '--', ...program]);
}

/** Resolves with its URL when it is in service. */
export async function served(command: Command): Promise<string> {
  const ready = /^ready endpoint=\S+ url=(http:\S+)$/m;
  await command.stderr.shows(ready);
  return ready.exec(command.stderr.text)![1]!;
}

/** Asks it by HTTP. */
export async function ask(url: string, contentType: string, body = 'x'): Promise<number> {
  const response = await fetch(`${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}
