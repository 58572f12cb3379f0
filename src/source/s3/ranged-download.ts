import type { Readable } from 'node:stream';

import { asyncDispose } from '../../disposal.js';
import type { MemoryLimit, OpenContext } from '../source.js';
import type { S3Access } from './access.js';
import type { Turn } from './connection.js';
import { downloadRange } from './download.js';
import { FetchedAhead } from './fetched-ahead.js';
import type { ObjectVersion } from './location.js';
import type { FirstResponse } from './open-unlisted.js';

/** How much one request fetches. Large enough that its latency is small beside it, small enough to have many. */
export const RANGE_BYTES = 4 * 1024 * 1024;

/** How many ranges are fetched ahead: with the bodies that are open, fewer than the SDK's own 50 connections. */
const MOST_AHEAD = 16;

interface RangedDownloadContext extends OpenContext {
  readonly turn: Turn;
}

/**
 * The rest of an object whose first range is on its way. What is in the order of its bytes is passed on as it arrives;
 * ranges behind it are fetched meanwhile, as many as there is memory for. Without any, everything comes over one
 * connection, until there is some.
 */
export class RangedDownload implements AsyncDisposable {
  readonly #access: S3Access;
  readonly #version: ObjectVersion;
  readonly #first: Readable;
  readonly #signal: AbortSignal;
  readonly #closing = new AbortController();
  readonly #memory: MemoryLimit;
  readonly #turn: Turn;
  /** Without gaps between them, in order. */
  readonly #ahead: FetchedAhead[] = [];
  /** How far the first request goes. */
  readonly #firstEnd: number;
  /** Where the next range ahead begins. */
  #next: number;
  /** What has been passed on, in bytes. */
  #position = 0;
  /** For how many ranges memory is taken, and for how many of these nothing is held any more. */
  #taken = 0;
  #spare = 0;

  constructor(
    access: S3Access,
    { version, body, end }: FirstResponse,
    { signal, memory, turn }: RangedDownloadContext,
  ) {
    this.#access = access;
    this.#version = version;
    this.#first = body;
    this.#firstEnd = this.#next = end;
    this.#signal = AbortSignal.any([signal, this.#closing.signal]);
    this.#memory = memory;
    this.#turn = turn;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    this.#fetchAhead();
    yield* this.#passOn(this.#request(0, this.#firstEnd, this.#first));
    while (this.#position < this.#version.size) {
      const range = this.#ahead.shift();
      if (range) yield* this.#passOnAhead(range);
      else yield* this.#passOnAlone();
    }
  }

  /** Ends whatever is under way. */
  async [asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#ahead.map((range) => range.ended));
    this.#give(this.#taken);
  }

  async *#passOn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#position += chunk.length;
      this.#fetchAhead();
      yield chunk;
    }
  }

  /** The memory of a range is used for another one as soon as it is passed on. */
  async *#passOnAhead(range: FetchedAhead): AsyncGenerator<Uint8Array> {
    yield* this.#passOn(range);
    this.#spare++;
    this.#fetchAhead();
  }

  /** Up to where the ranges begin that are fetched ahead, once there are any. */
  async *#passOnAlone(): AsyncGenerator<Uint8Array> {
    const { size } = this.#version;
    for await (const chunk of this.#request(this.#position, size)) {
      if (this.#ahead.length === 0) this.#next = this.#position + RANGE_BYTES;
      this.#fetchAhead();
      const wanted = (this.#ahead[0]?.start ?? size) - this.#position;
      const taken = chunk.length > wanted ? chunk.subarray(0, wanted) : chunk;
      this.#position += taken.length;
      yield taken;
      if (this.#position === this.#ahead[0]?.start) return;
    }
  }

  #fetchAhead(): void {
    const { size } = this.#version;
    while (this.#next < size && this.#ahead.length < MOST_AHEAD && this.#takeMemory()) {
      const end = Math.min(this.#next + RANGE_BYTES, size);
      this.#ahead.push(new FetchedAhead(this.#next, this.#request(this.#next, end)));
      this.#next = end;
    }
    if (this.#next >= size) this.#give(this.#spare);
  }

  /** Only for the one that is passed on first; and not the last, which what is passed on needs. */
  #takeMemory(): boolean {
    if (this.#spare > 0) {
      this.#spare--;
      return true;
    }
    if (!this.#turn.isFirst || !this.#memory.tryReserve(2 * RANGE_BYTES)) return false;
    this.#memory.release(RANGE_BYTES);
    this.#taken++;
    return true;
  }

  #give(ranges: number): void {
    if (ranges === 0) return; // which would wake others that wait for memory
    this.#memory.release(ranges * RANGE_BYTES);
    this.#taken -= ranges;
    this.#spare = Math.max(0, this.#spare - ranges);
  }

  #request(start: number, end: number, first?: Readable): AsyncGenerator<Uint8Array> {
    return downloadRange(this.#access, this.#version, start, end, this.#signal, first);
  }
}
