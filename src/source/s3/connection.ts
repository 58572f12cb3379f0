import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import { onAbort } from '../../abort/on-abort.js';
import { raceAbort } from '../../abort/race-abort.js';
import type { S3Access } from './access.js';
import { makeClient } from './client.js';
import type { S3SourceOptions } from './options.js';

/** The use of a client: by a listing, or by a body. */
export interface Lease extends S3Access {
  /** Ends the use. Can be called more than once. */
  release(): void;
}

/** A place in the order in which downloads have begun, which is the one in which their bytes are needed. */
export interface Turn {
  /** Whether all that began before have ended. */
  readonly isFirst: boolean;
  end(): void;
}

interface OwnClient {
  /** What to do with a client that is being made is known when it is there. */
  readonly client: Promise<S3Client>;
  leases: number;
  retired: boolean;
}

/**
 * The client of one source. It lives from the first use to `close()`, over all epochs, so that connections are
 * used again, and is destroyed when its last lease has ended. Idle connections do not keep a process alive.
 */
export class Connection {
  readonly #given: S3Client | S3ClientConfig;
  readonly #requestPayer: 'requester' | undefined;
  #own: OwnClient | undefined;
  readonly #queue = new Set<Turn>();

  constructor({ s3 = {}, requestPayer }: S3SourceOptions = {}) {
    this.#given = s3;
    this.#requestPayer = requestPayer;
  }

  /**
   * Lends the client until `release()` is called or `signal` is aborted.
   *
   * @throws the signal's reason
   */
  async lease(signal: AbortSignal): Promise<Lease> {
    const requestPayer = this.#requestPayer;
    // Somebody else's client is theirs to destroy.
    if (isClient(this.#given)) return { client: this.#given, requestPayer, release: () => undefined };
    const own = (this.#own ??= { client: makeClient(this.#given), leases: 0, retired: false });
    own.leases++;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      unwatch();
      own.leases--;
      this.#destroyIfDone(own);
    };
    const unwatch = onAbort(signal, release);
    try {
      return { client: await raceAbort(own.client, signal), requestPayer, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Puts a download behind those that are under way. */
  queueUp(): Turn {
    const queue = this.#queue;
    const turn: Turn = {
      get isFirst() {
        return queue.values().next().value === turn;
      },
      end: () => queue.delete(turn),
    };
    queue.add(turn);
    return turn;
  }

  /** Destroys the client as soon as nobody uses it any more. The next lease makes a new one. */
  close(): void {
    const own = this.#own;
    if (!own) return;
    this.#own = undefined;
    own.retired = true;
    this.#destroyIfDone(own);
  }

  #destroyIfDone(own: OwnClient): void {
    if (!own.retired || own.leases > 0) return;
    // A request handler in the configuration may serve other clients too.
    if (hasOwnHandler(this.#given)) return;
    own.client.then(
      (client) => client.destroy(),
      () => undefined, // it could not be made
    );
  }
}

/** Whether `s3` is a client, of whatever copy of the SDK, and not the configuration of one. */
function isClient(s3: S3Client | S3ClientConfig): s3 is S3Client {
  return 'send' in s3 && typeof s3.send === 'function';
}

function hasOwnHandler(s3: S3Client | S3ClientConfig): boolean {
  const handler = isClient(s3) ? undefined : s3.requestHandler;
  return typeof handler === 'object' && 'handle' in handler;
}
