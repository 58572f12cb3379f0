import { Agent } from 'node:http';

import Docker from 'dockerode';
import { describe, expect, test } from 'vitest';

import { OWNER } from '../../../src/runner/container/owner-label.js';

/** Busybox, Python and Node, without an entrypoint. */
export const TOOLS = 'pipe-mode/tools';
/** The same, for the user 1234. */
export const AS_USER = 'pipe-mode/user';
/** The same, with nginx, gunicorn and flask. */
export const FLASK_TOOLS = 'pipe-mode/flask';

/** The address of an engine with the images of `up.sh`, as CI starts it. */
export const engineHost = process.env['ENGINE_TEST_HOST'] ?? '';

/** Tests that need a container engine. Where there is none they are skipped, and in CI they fail. */
export function describeWithEngine(title: string, tests: () => void): void {
  if (engineHost !== '') {
    describe(title, tests);
    return;
  }
  const reason = 'no container engine: ENGINE_TEST_HOST=$(test/support/engine/up.sh)';
  describe(title, () => {
    test.skipIf(process.env['CI'] === undefined)(`skipped: ${reason}`, () => expect.fail(reason));
  });
}

export function connectToEngine(): Docker {
  return new Docker({
    socketPath: engineHost.replace('unix://', ''),
    agent: new Agent(),
  } as Docker.DockerOptions);
}

/** The containers and networks that are there, and made by processes of these numbers, or by any. */
export async function leftOnEngine(docker: Docker, pids?: readonly number[]): Promise<string[]> {
  const filters = { label: [OWNER] };
  const [containers, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
  ]);
  const isTheirs = (labels: Record<string, string> = {}) => {
    const pid = Number(labels[OWNER]?.split(':')[3]);
    return pids === undefined || pids.includes(pid);
  };
  return [
    ...containers.filter((it) => isTheirs(it.Labels)).map((it) => `container ${it.Id} ${it.State}`),
    ...networks.filter((it) => isTheirs(it.Labels)).map((it) => `network ${it.Name}`),
  ];
}
