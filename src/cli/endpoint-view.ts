import type { Endpoint, EndpointGateway, GatewayInvocationEvent } from 'sagemaker-pipe-mode/serving';

import { printableLine } from '../printable.js';
import { endpointFooter } from './endpoint-footer.js';
import { Reporter } from './reporter.js';

/** Shows an endpoint: what its servers write, how they are, and what it is asked. */
export class EndpointView {
  readonly #endpoint: Endpoint;
  readonly #gateway: EndpointGateway;
  readonly #reporter: Reporter;
  readonly #began = performance.now();

  constructor(endpoint: Endpoint, gateway: EndpointGateway, { json }: { readonly json: boolean }) {
    this.#endpoint = endpoint;
    this.#gateway = gateway;
    const hasSeveral = endpoint.instances.length > 1;
    this.#reporter = new Reporter({ json, footer: () => this.#footer(), hostField: 'instance', hasSeveral });
    this.#reporter.report('status', { status: endpoint.status });
    this.#listenToInstances();
    gateway.on('invocation', (event) => this.#onInvocation(event));
    this.#reporter.follow(endpoint.logs());
  }

  /** It is in service. */
  ready(): void {
    const { name: endpoint } = this.#endpoint;
    const { url } = this.#gateway;
    this.#reporter.report(
      'ready',
      { endpoint, url },
      `Endpoint "${endpoint}" is in service at ${url}. Ctrl-C stops it.`,
    );
  }

  /** Tells the user something, on stderr. */
  tell(text: string): void {
    this.#reporter.tell(text);
  }

  /**
   * Resolves when everything is shown that the servers have written, or nobody reads it any more. To be called when the endpoint
   * has ended.
   */
  async close(): Promise<void> {
    await this.#reporter.shown();
    const { requests, errors } = this.#gateway.stats();
    if (this.#reporter.json) this.#reporter.report('total', { requests, errors });
    this.#reporter.close();
  }

  #listenToInstances(): void {
    const endpoint = this.#endpoint;
    endpoint.on('instanceEnded', ({ instance, exitCode, signal }) => {
      const how = signal === null ? `with exit code ${exitCode}` : `by ${signal}`;
      const end = signal === null ? { exitCode: exitCode! } : { signal };
      this.#reporter.report(
        'instanceEnded',
        { instance, ...end },
        `${instance} ended ${how}. It is started again.`,
      );
    });
    endpoint.on('instanceUnhealthy', ({ instance, lastPing }) => {
      const text = `${instance} is unhealthy: /ping, the last time: ${lastPing}. Another server takes its place.`;
      this.#reporter.report('instanceUnhealthy', { instance, lastPing }, printableLine(text));
    });
    endpoint.on('instanceRestarted', ({ instance, restarts }) => {
      this.#reporter.report('instanceRestarted', { instance, restarts }, `${instance} is in service again.`);
    });
    endpoint.on('instanceFailed', ({ instance, error: { message } }) => {
      const text = `${instance} is given up: it did not come up again.`;
      this.#reporter.report('instanceFailed', { instance, message }, text);
    });
  }

  /** On a terminal those that have failed; the others are counted there. */
  #onInvocation({ path, status, instance, durationMs, error }: GatewayInvocationEvent): void {
    const fields = {
      path,
      ...(status !== undefined && { status }),
      ...(instance !== undefined && { instance }),
      durationMs: Math.round(durationMs * 10) / 10,
      ...(error !== undefined && { message: error.message }),
    };
    const text = error && printableLine(`POST ${path}: ${status ?? 'not answered'}. ${error.message}`);
    this.#reporter.reportOneOf('invocations', 'invocation', fields, text);
  }

  #footer(): string {
    const { status, instances } = this.#endpoint;
    const sinceMs = performance.now() - this.#began;
    return endpointFooter({ status, instances, stats: this.#gateway.stats(), sinceMs });
  }
}
