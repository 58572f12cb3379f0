import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { inspect } from 'node:util';

import { debugTo } from '../../debug.js';
import { asyncDispose } from '../../disposal.js';
import type { InvocationAnswer } from '../invocation/answer.js';
import { endpointStopped } from '../serving-errors.js';
import { apiErrorOf } from './api-error.js';
import type { GatewayEmitter, GatewayInvocationEvent, GatewayStats } from './events.js';
import { callerLeft, cannotListen, notYetInService, otherEndpoint } from './gateway-errors.js';
import type { ResolvedGatewayOptions } from './options.js';
import { questionOf } from './question.js';
import { RecentTimes } from './recent-times.js';
import { sendAnswer, sendError, sendEvents, sendJson } from './reply.js';
import { type Route, routeOf } from './route.js';
import type { Served } from './served.js';

const debug = debugTo('serving');

/** For how long to keep a connection that its client does not use: clients close theirs before that, in milliseconds. */
const KEPT_MS = 90_000;

/** How long a client may take for the headers of a request: Node's default. For the payload it has as long as it likes. */
const HEADERS_MS = 60_000;

const Emitter = EventEmitter as unknown as new () => GatewayEmitter;

type Invocation = Extract<Route, { kind: 'invocation' }>;

/**
 * A port by which an endpoint is asked, as AWS's runtime API is: made by {@link Endpoint.listen}. It takes
 *
 * - `POST /endpoints/NAME/invocations`, `InvokeEndpoint`, so that AWS's own clients work with it as their endpoint URL,
 * - `POST /endpoints/NAME/invocations-response-stream`, `InvokeEndpointWithResponseStream`,
 * - both without `/endpoints/NAME`, for `curl`, and `GET /ping`.
 *
 * Bodies go through it as they come, both ways. Disposing of it breaks off what is under way.
 */
export class EndpointGateway extends Emitter implements AsyncDisposable {
  readonly #served: Served;
  readonly #options: ResolvedGatewayOptions;
  readonly #onClosed: (gateway: EndpointGateway) => void;
  readonly #server: Server;
  readonly #times = new RecentTimes();
  /** How many requests each connection is busy with. */
  readonly #busy = new Map<Socket, number>();
  #requests = 0;
  #errors = 0;
  #active = 0;
  #port = 0;
  #closed: Promise<void> | undefined;

  /** @internal @param onClosed - called when it is over */
  constructor(served: Served, options: ResolvedGatewayOptions, onClosed: (gateway: EndpointGateway) => void) {
    super();
    this.#served = served;
    this.#options = options;
    this.#onClosed = onClosed;
    const times = { keepAliveTimeout: KEPT_MS, headersTimeout: HEADERS_MS, requestTimeout: 0 };
    this.#server = createServer(times, this.#onRequest);
    this.#server.on('connection', (socket) => {
      this.#busy.set(socket, 0);
      socket.on('close', () => this.#busy.delete(socket));
    });
  }

  /** The address that it listens to. */
  get host(): string {
    return this.#options.host;
  }

  /** The port that it listens to. */
  get port(): number {
    return this.#port;
  }

  /** Where to ask: `http://127.0.0.1:8080`. */
  get url(): string {
    return `http://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  /** What it has done until now. */
  stats(): GatewayStats {
    const lastMinute = this.#times.summary(performance.now());
    return { requests: this.#requests, errors: this.#errors, active: this.#active, lastMinute };
  }

  /** @internal @throws {@link PipeModeError} `PORT_IN_USE`, `INVALID_OPTION`, `ENDPOINT_STOPPED` */
  async open(): Promise<void> {
    try {
      this.#server.listen(this.#options);
      await once(this.#server, 'listening');
    } catch (cause) {
      this.#onClosed(this);
      throw cannotListen(this.#options, cause);
    }
    this.#port = (this.#server.address() as AddressInfo).port;
    if (this.#closed === undefined) return;
    this.#server.close(); // it was closed before it was open
    throw endpointStopped(this.#served.name);
  }

  /** Listens no more. Resolves when what is under way has been answered. May be called again. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** The same, at once. */
  async [asyncDispose](): Promise<void> {
    const closed = this.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** @internal */
  [inspect.custom](): string {
    return `EndpointGateway { url: '${this.url}' }`;
  }

  /** Node waits for a connection on which nothing has come yet. */
  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const [socket, requests] of this.#busy) if (requests === 0) socket.destroy();
    await closed;
    this.#onClosed(this);
  }

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    this.#answer(request, response).catch((error: unknown) => {
      debug('%s %s was not answered: %s', request.method, request.url, error);
      response.destroy();
    });
  };

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const { socket } = request;
    this.#countRequest(socket, 1);
    response.on('close', () => {
      this.#countRequest(socket, -1);
      this.#onAnswered();
    });
    const route = routeOf(method, url);
    if (route.kind === 'invocation') {
      await this.#invoke(request, response, route);
      return;
    }
    request.resume();
    if (route.kind === 'ping') await this.#ping(response);
    else if (route.kind === 'none') sendJson(response, 404, { Message: notHere(url) });
    else {
      response.setHeader('allow', route.allowed);
      sendJson(response, 405, { Message: `Ask this with ${route.allowed}, not with ${method}.` });
    }
  }

  async #ping(response: ServerResponse): Promise<void> {
    try {
      this.#checkServed(undefined);
      const { status, text } = await this.#served.ping();
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
    } catch (error) {
      sendError(response, { ...apiErrorOf(error, this.#served.name), status: 503 });
    }
  }

  async #invoke(request: IncomingMessage, response: ServerResponse, asked: Invocation): Promise<void> {
    const began = performance.now();
    const leaving = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) leaving.abort(callerLeft());
    });
    this.#active++;
    let answer: InvocationAnswer | undefined;
    let failure: unknown;
    try {
      this.#checkServed(asked.endpointName);
      answer = await this.#ask(request, asked, leaving.signal);
      await (asked.operation === 'InvokeEndpoint' ? sendAnswer : sendEvents)(response, answer);
    } catch (error) {
      failure = leaving.signal.aborted ? leaving.signal.reason : error;
      sendError(response, apiErrorOf(failure, this.#served.name));
    } finally {
      request.resume(); // if nobody has begun to read it
      this.#active--;
    }
    this.#tell({
      path: request.url!.split('?', 1)[0]!,
      status: response.headersSent ? response.statusCode : undefined,
      instance: answer?.instance,
      durationMs: performance.now() - began,
      error: failure as Error | undefined,
    });
  }

  async #ask(
    request: IncomingMessage,
    { operation }: Invocation,
    signal: AbortSignal,
  ): Promise<InvocationAnswer> {
    const { body, options } = questionOf(request, operation);
    return operation === 'InvokeEndpoint'
      ? await this.#served.invoke(body, { ...options, signal })
      : await this.#served.invokeStream(body, { ...options, signal });
  }

  /** @throws {@link PipeModeError} `INVALID_INVOCATION`, `INVALID_STATE` */
  #checkServed(endpointName: string | undefined): void {
    const { name, status } = this.#served;
    if (endpointName !== undefined && endpointName !== name) throw otherEndpoint(endpointName, name);
    if (status === 'Creating') throw notYetInService(name);
  }

  /** What a listener throws is not the caller's failure. */
  #tell(event: GatewayInvocationEvent): void {
    this.#requests++;
    if (event.error !== undefined) this.#errors++;
    this.#times.add(event.durationMs, performance.now());
    try {
      this.emit('invocation', event);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #countRequest(socket: Socket, change: 1 | -1): void {
    const requests = this.#busy.get(socket);
    if (requests !== undefined) this.#busy.set(socket, requests + change);
  }

  /** A connection that was busy when the gateway was closed is not needed any more. */
  #onAnswered(): void {
    if (this.#closed !== undefined) setImmediate(() => this.#server.closeIdleConnections());
  }
}

function notHere(url: string): string {
  return `There is no ${url} here, but POST /invocations, POST /endpoints/NAME/invocations, POST /endpoints/NAME/invocations-response-stream, and GET /ping.`;
}
