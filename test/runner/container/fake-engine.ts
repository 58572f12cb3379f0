import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type Docker from 'dockerode';

import { type Engine, findDocker } from '../../../src/runner/container/engine.js';

/** What an engine says to a request; `cut` if it goes away meanwhile. */
export type Answer = 'cut' | { readonly status: number; readonly body?: string | Buffer };

/** Answers a request such as `GET json`. One that is never answered, the engine is still at. */
export type Answers = (request: string, response: ServerResponse) => Answer | Promise<Answer>;

/** For what an engine does only when something is there that no real one does at will. It has one container, `:`. */
export async function withFakeEngine(
  answers: Answers,
  use: (engine: Engine, container: Docker.Container) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    request.resume();
    const what = `${request.method} ${decodeURIComponent(request.url!).replace('/containers/:/', '')}`;
    void Promise.resolve(answers(what, response)).then((answer) => {
      if (answer === 'cut') request.socket.destroy();
      else response.writeHead(answer.status).end(answer.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const engine = findDocker(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    await use(engine, engine.docker.getContainer(':')); // which is in every line of /proc/P/cgroup
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

/** What `GET json` says of a container. */
export function stateOf(state: Partial<Docker.ContainerInspectInfo['State']>): Answer {
  return { status: 200, body: JSON.stringify({ State: { OOMKilled: false, ...state } }) };
}

/** An archive as an engine makes it of what is in a directory under that name. */
export function tarOf(directory: string, name: string): Buffer {
  return execFileSync('tar', ['-C', directory, '-c', name], { maxBuffer: 1024 ** 3 });
}
