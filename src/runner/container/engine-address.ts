import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { runnerUnavailable } from '../runner-errors.js';

/** Where an engine listens. */
export interface EngineAddress {
  /** As in `DOCKER_HOST`: `unix:///var/run/docker.sock`, `tcp://host:2376`, `ssh://user@host`. */
  readonly url: string;
  /** Who says so, in words. */
  readonly from: string;
  /** The directory with `ca.pem`, `cert.pem` and `key.pem`, if it wants TLS. */
  readonly certificates?: string | undefined;
}

/** Where engines listen if nobody says anything else: Docker's, Docker Desktop's, those without root, Podman's. */
function usualSockets(): string[] {
  const run = setting('XDG_RUNTIME_DIR');
  return [
    '/var/run/docker.sock',
    join(homedir(), '.docker/run/docker.sock'),
    ...(run === undefined ? [] : [join(run, 'docker.sock'), join(run, 'podman/podman.sock')]),
    '/run/podman/podman.sock',
  ];
}

/**
 * Finds the engine as Docker's own client does: what is asked for, `DOCKER_HOST`, the context of `DOCKER_CONTEXT` or of
 * `docker context use`; else the first of the usual sockets that is there.
 *
 * @throws {@link PipeModeError} `RUNNER_UNAVAILABLE`
 */
export function findEngine(asked: string | undefined): EngineAddress {
  if (asked !== undefined)
    return { url: asked, from: 'the option `engine`', certificates: ownCertificates() };
  const host = setting('DOCKER_HOST');
  if (host !== undefined)
    return { url: withScheme(host), from: 'DOCKER_HOST', certificates: ownCertificates() };
  const name = setting('DOCKER_CONTEXT') ?? currentContext();
  if (name !== undefined && name !== 'default') return readContext(name);
  const found = usualSockets().find((path) => existsSync(path)) ?? '/var/run/docker.sock';
  return { url: `unix://${found}`, from: 'the default' };
}

function withScheme(host: string): string {
  return host.includes('://') ? host : `tcp://${host}`;
}

function ownCertificates(): string | undefined {
  if (setting('DOCKER_TLS_VERIFY') === undefined) return undefined;
  return setting('DOCKER_CERT_PATH') ?? configDirectory();
}

/** `docker context use` writes it. */
function currentContext(): string | undefined {
  try {
    const config = JSON.parse(readFileSync(join(configDirectory(), 'config.json'), 'utf8')) as {
      readonly currentContext?: string;
    };
    return config.currentContext;
  } catch {
    return undefined; // there is none
  }
}

/** A context is kept under the SHA-256 of its name. */
function readContext(name: string): EngineAddress {
  const id = createHash('sha256').update(name).digest('hex');
  const path = join(configDirectory(), 'contexts/meta', id, 'meta.json');
  const from = `the Docker context "${name}"`;
  try {
    const meta = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly Endpoints: { readonly docker: { readonly Host: string } };
    };
    const certificates = join(configDirectory(), 'contexts/tls', id, 'docker');
    const url = meta.Endpoints.docker.Host;
    return { url, from, certificates: existsSync(certificates) ? certificates : undefined };
  } catch (cause) {
    throw runnerUnavailable(
      `${from} cannot be read from "${path}": \`docker context ls\` shows those that are there. Or set DOCKER_HOST.`,
      cause,
    );
  }
}

export function configDirectory(): string {
  return setting('DOCKER_CONFIG') ?? join(homedir(), '.docker');
}

/** A variable of the environment. An empty one is as if it were not there. */
function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}
