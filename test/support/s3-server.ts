import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

import { fileContent, syntheticContent } from './s3-server/content.js';
import { Faults } from './s3-server/faults.js';
import { handle, type SeenRequest, type ServerState } from './s3-server/handler.js';
import type { Throttle } from './s3-server/send-body.js';
import { Bucket } from './s3-server/store.js';

export interface S3ServerOptions extends Throttle {
  /** Default: one that is free. */
  readonly port?: number | undefined;
  /** Where its buckets are. Default: `us-east-1`. */
  readonly region?: string | undefined;
}

/**
 * Starts a small S3 server on loopback: what the SDK needs to upload, list and read, with signatures that are
 * verified, and with faults on demand.
 */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const server = new S3Server(options);
  await server.listen(options.port ?? 0);
  return server;
}

export class S3Server implements AsyncDisposable {
  readonly faults = new Faults();
  /** Can be changed at any time. */
  readonly throttle: Throttle;
  /** Every request since the start. */
  readonly seen: SeenRequest[] = [];
  readonly #state: ServerState;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #accepted = 0;

  constructor({ region = 'us-east-1', latencyMs, bytesPerSecond }: S3ServerOptions) {
    this.throttle = { latencyMs, bytesPerSecond };
    const credentials = { accessKeyId: 'test', secretAccessKey: 'testing' };
    const { faults, throttle, seen } = this;
    this.#state = { buckets: new Map(), credentials, region, faults, throttle, seen };
    this.#server = createServer((request, response) => void handle(this.#state, request, response));
    this.#server.keepAliveTimeout = 60_000; // so that connections end when the client wants it
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      this.#accepted++;
      socket.on('error', () => undefined); // clients may leave as they like
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (this.#sockets.size === 0) this.#server.emit('idle');
      });
    });
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** The descriptors of its own ends of the connections that are open. */
  get descriptors(): number[] {
    const handles = [...this.#sockets].map(
      (socket) => (socket as unknown as { _handle?: { fd: number } })._handle,
    );
    return handles.flatMap((handle) => (handle ? [handle.fd] : []));
  }

  /** How many connections there have been. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Resolves when no connection is open. */
  async idle(): Promise<void> {
    if (this.#sockets.size > 0) await once(this.#server, 'idle');
  }

  /** What a client needs to know. */
  get clientConfig(): S3ClientConfig & {
    endpoint: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  } {
    const { credentials, region } = this.#state;
    return { endpoint: this.endpoint, region, forcePathStyle: true, credentials: { ...credentials } };
  }

  client(config: S3ClientConfig = {}): S3Client {
    return new S3Client({ ...this.clientConfig, ...config });
  }

  createBucket(name: string, { requesterPays = false } = {}): void {
    this.#state.buckets.set(name, new Bucket(this.#state.region, requesterPays));
  }

  /** Puts an object there without a request. */
  put(bucket: string, key: string, bytes: Uint8Array | string): void {
    this.#bucket(bucket).putBytes(key, Buffer.from(bytes));
  }

  /** An object that takes no memory: see `syntheticContent`, which computes its bytes. */
  putSynthetic(bucket: string, key: string, size: number, seed = 1): void {
    this.#bucket(bucket).put(key, syntheticContent(size, seed), `"synthetic-${size}-${seed}"`);
  }

  /** An object whose bytes are in a file. */
  putFile(bucket: string, key: string, path: string, size: number): void {
    this.#bucket(bucket).put(key, fileContent(path, size), `"file-${size}"`);
  }

  delete(bucket: string, key: string): void {
    this.#bucket(bucket).delete(key);
  }

  /** What is in a bucket, in order. */
  keys(bucket: string): string[] {
    return this.#bucket(bucket)
      .sorted()
      .map(({ key }) => key);
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #bucket(name: string): Bucket {
    const bucket = this.#state.buckets.get(name);
    if (!bucket) throw new Error(`Create the bucket "${name}" first.`);
    return bucket;
  }
}
