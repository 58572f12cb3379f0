import { constants } from 'node:os';

import type { CommonEndpointOptions, Endpoint } from 'sagemaker-pipe-mode/serving';

import { counted } from '../counted.js';
import { printableLine } from '../printable.js';
import { directoryOf } from './document.js';
import { readEndpointRequest } from './endpoint-request.js';
import { EndpointView } from './endpoint-view.js';
import { formatDuration } from './format.js';
import { findingsOf } from './job-summary.js';
import { s3Of } from './options.js';
import type { ServeFlags } from './serving-options.js';
import { EndingSignals } from './signals.js';
import { tell } from './tell.js';
import { whatToRun } from './what-to-run.js';

/** Where servers listen, and whoever asks them looks. */
const PORT = 8080;

/** Serves the model of a document until a signal ends it. Resolves with the exit status. */
export async function serve(
  file: string | undefined,
  flags: ServeFlags,
  program: readonly string[] | undefined,
): Promise<number> {
  const { createEndpoint } = await import('sagemaker-pipe-mode/serving');
  const request = await readEndpointRequest(file, flags);
  const running = whatToRun('serve', program, flags, request.Image);
  using signals = new EndingSignals();
  await using endpoint = createEndpoint(request, {
    ...running,
    baseDir: directoryOf(file),
    ...optionsOf(flags),
  });
  const began = performance.now();
  const gateway = await endpoint.listen({ port: portOf(flags), host: flags.host });
  const view = new EndpointView(endpoint, gateway, { json: flags.json === true });
  const ending = endBySignals(endpoint, signals, view);
  try {
    await endpoint.start();
    view.ready();
    await Promise.race([ending.stopped, failureOf(endpoint)]);
  } catch (error) {
    if (ending.status === undefined) throw error; // it was not stopped
  } finally {
    // Its servers' last words are in the log then.
    await endpoint.stop().finally(() => view.close());
  }
  const { requests, errors } = gateway.stats();
  const after = formatDuration(performance.now() - began);
  const asked = `${counted(requests, 'request')}, ${counted(errors, 'error')}`;
  const summary = `Endpoint "${endpoint.name}": stopped after ${after}; ${asked}`;
  tell([summary, ...findingsOf(endpoint.findings())].map(printableLine).join('\n'));
  return ending.status!;
}

function optionsOf(flags: ServeFlags): CommonEndpointOptions {
  return {
    directory: flags.directory,
    startupTimeoutMs: flags.startupTimeout,
    stopGraceMs: flags.stopGrace,
    limits: {
      connectTimeoutMs: flags.connectTimeout,
      pingTimeoutMs: flags.pingTimeout,
      invocationTimeoutMs: flags.invocationTimeout,
    },
    s3: s3Of(flags),
  };
}

/** Without a network of its own, the server has that port of this machine. */
function portOf({ port, isolation }: ServeFlags): number {
  return port ?? (isolation === 'none' ? 0 : PORT);
}

/** How signals have ended an endpoint. */
interface Ending {
  /** Resolves when it has ended. */
  readonly stopped: Promise<void>;
  /** The exit status for it; `undefined` as long as no signal has come. */
  readonly status: number | undefined;
}

/**
 * The first signal stops the endpoint as the service would, and there is no other end that one in service could come to; whoever
 * sends another one does not want to wait for that.
 */
function endBySignals(endpoint: Endpoint, signals: EndingSignals, view: EndpointView): Ending {
  let resolve!: (stopped: Promise<void>) => void;
  const ending: { stopped: Promise<void>; status: number | undefined } = {
    stopped: new Promise((resolved) => (resolve = resolved)),
    status: undefined,
  };
  signals.passTo((name, isFirst) => {
    const isIn = isFirst && endpoint.status === 'InService';
    ending.status = isIn ? 0 : 128 + constants.signals[name];
    if (isFirst) view.tell('sagemaker-pipe: stopping the endpoint (again: kill it)');
    resolve(isFirst ? endpoint.stop() : endpoint[Symbol.asyncDispose]());
  });
  return ending;
}

/** Rejects when the last of its servers is given up. */
function failureOf(endpoint: Endpoint): Promise<never> {
  return new Promise((_resolve, reject) => {
    endpoint.on('instanceFailed', ({ error }) => {
      if (endpoint.instances.every(({ status }) => status === 'Failed')) reject(error);
    });
  });
}
