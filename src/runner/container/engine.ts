import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { join } from 'node:path';

import type Docker from 'dockerode';

import { requireLater } from '../../require-later.js';
import { runnerUnavailable } from '../runner-errors.js';
import { type EngineAddress, findEngine } from './engine-address.js';

/** A container engine that is talked to. */
export interface Engine {
  readonly address: EngineAddress;
  readonly docker: Docker;
}

/**
 * Finds an engine. It is not asked anything yet.
 *
 * @param asked - its address. Default: that of Docker's own client
 * @throws {@link PipeModeError} `RUNNER_UNAVAILABLE`
 */
export function findDocker(asked: string | undefined): Engine {
  const address = findEngine(asked);
  const DockerClient = loadDockerode();
  try {
    return { address, docker: new DockerClient(connectionTo(address)) };
  } catch (cause) {
    throw runnerUnavailable(
      `the engine's address, "${address.url}" (from ${address.from}), cannot be used: ${(cause as Error).message}.`,
      cause,
    );
  }
}

function loadDockerode(): typeof Docker {
  try {
    return requireLater('dockerode') as typeof Docker;
  } catch (cause) {
    throw runnerUnavailable('the package `dockerode` is not installed: `npm install dockerode`.', cause);
  }
}

/**
 * Everything that dockerode would take from the environment is said, so that it is one address. Connections are not kept:
 * they would outlive the job.
 */
function connectionTo({ url, certificates }: EngineAddress): Docker.DockerOptions & { agent?: HttpAgent } {
  const none = { socketPath: undefined, host: undefined, port: undefined, protocol: undefined };
  if (url.startsWith('unix://'))
    return { ...none, socketPath: url.slice('unix://'.length), protocol: 'http', agent: new HttpAgent() };
  const { protocol, hostname: host, port, username } = new URL(url);
  if (protocol === 'ssh:') return { ...none, protocol: 'ssh', host, port: port || 22, username };
  if (!['tcp:', 'http:', 'https:'].includes(protocol))
    throw new Error('it begins with none of unix://, tcp://, http://, https:// and ssh://');
  if (certificates === undefined && protocol !== 'https:')
    return { ...none, protocol: 'http', host, port: port || 2375, agent: new HttpAgent() };
  const pem = (name: string) => readFileSync(join(certificates!, `${name}.pem`));
  const keys = certificates === undefined ? {} : { ca: pem('ca'), cert: pem('cert'), key: pem('key') };
  return { ...none, protocol: 'https', host, port: port || 2376, agent: new HttpsAgent(), ...keys };
}

/**
 * Asks something of the engine. If it is not there, the error says so, and where it was looked for; what it answers goes
 * through.
 *
 * @throws {@link PipeModeError} `RUNNER_UNAVAILABLE`
 */
export async function ask<T>({ address }: Engine, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) !== undefined) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw runnerUnavailable(
      `no engine answers at ${address.url} (from ${address.from}; ${reason}). ${adviceFor(reason)}`,
      error,
    );
  }
}

/** The HTTP status of an engine's answer that is an error. */
export function statusOf(error: unknown): number | undefined {
  return (error as { readonly statusCode?: number }).statusCode;
}

/** What the engine says, without what dockerode says around it. */
export function reasonOf(error: unknown): string {
  const { json, message } = error as {
    readonly json?: { readonly message?: string };
    readonly message: string;
  };
  return json?.message ?? message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
}

function adviceFor(reason: string): string {
  if (reason === 'EACCES')
    return 'This user may not use it: add the user to the group `docker`, or run an engine without root.';
  return 'Start it (`systemctl start docker`, `dockerd`, `podman system service`), or say where it is with DOCKER_HOST.';
}
