import { getEventListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Channel, GroupedChannelOptions } from 'sagemaker-pipe-mode';

import { changeFile } from './change-source.js';
import { EventLog } from './events.js';
import type { Material } from './material.js';
import { now, type Reading } from './readers/reading.js';
import { readHere } from './readers/same-process.js';
import { type ChannelRecord, newRecord, settle } from './record.js';
import type { ChannelPlan, StopPlan } from './scenario.js';
import { filesBelow } from './tree.js';
import type { World } from './world.js';

/** How long a failed channel is watched before it is stopped: its reader must not see an end. */
const HELD_MS = 10;
/** How long a reader may take to see the end after `stop()`. */
const RELEASE_MS = 5000;
/** How long a reader that may not be there yet is given then. */
const GRACE_MS = 25;
/** When a source that hangs is given up: when nothing has moved for so long. */
const STILL_MS = 60;
/** The same while nothing streams yet, when a source is checked, its modules are loaded and its names are listed. */
const STILL_AT_FIRST_MS = 600;

/** A channel, or a group of them. */
type Stoppable = Pick<Channel, 'stop' | typeof Symbol.asyncDispose>;

/** Runs one channel as its plan says, and writes down what it sees. It judges nothing. */
export class ChannelDriver {
  readonly record: ChannelRecord = newRecord();
  readonly plan: ChannelPlan;
  readonly material: Material;
  readonly #world: World;
  readonly #log = new EventLog(this.record.events);
  readonly #abort = new AbortController();
  readonly #cancelReaders = new AbortController();
  #channel!: Channel;
  #stoppable!: Stoppable;
  #stopping: Promise<unknown>[] = [];
  #current: { reading: Reading; done: Promise<void> } | undefined;
  #isOver = false;
  #phase = 'new';

  constructor(plan: ChannelPlan, material: Material, world: World) {
    this.plan = plan;
    this.material = material;
    this.#world = world;
  }

  /** What the channel is made of, apart from its name and destination. */
  get options(): GroupedChannelOptions {
    const { plan, material } = this;
    const { gunzip, recordio, inputMode, epochs, zeroCopy, prefetchBytes, shuffleSeed, shard } = plan;
    return {
      ...material.options,
      transforms: material.transforms,
      ...(inputMode === 'Pipe' ? { inputMode, gunzip, recordio } : { inputMode }),
      epochs,
      zeroCopy,
      prefetchBytes,
      shuffle: shuffleSeed === undefined ? undefined : { seed: shuffleSeed },
      shard,
      signal: this.#abort.signal,
    };
  }

  /**
   * Takes the channel over before it is started.
   *
   * @param stoppable - what the plan stops: the channel, or its group
   */
  attach(channel: Channel, stoppable: Stoppable = channel): void {
    this.#channel = channel;
    this.#stoppable = stoppable;
    this.#log.watch(channel, this.plan.watch !== 'finished');
    channel.on('epochStart', () => (this.material.ledger.yielded = 0));
    this.material.ledger.onYield = (yielded) => {
      this.record.mostHeld = Math.max(this.record.mostHeld, yielded - channel.stats().epochBytes);
    };
    this.#planFault();
    this.#planStop();
    this.#world.describe(() => this.#describe());
  }

  /**
   * @param start - the channel's, or its group's
   * @param stop - the same
   */
  async run(start: () => Promise<void>, stop: () => Promise<void>): Promise<void> {
    const { record, plan } = this;
    const channel = this.#channel;
    const ended = plan.watch === 'listener' ? this.#untilOver() : settle(channel.finished());
    this.#phase = 'starting';
    this.#log.reached('beforeStart');
    let reading = plan.readerComesFirst ? this.#readAll() : undefined;
    const starting = settle(start()).then((it) => (record.start = it));
    this.#log.reached('duringStart');
    if (this.#mayHang) await this.#untilStarted(starting);
    const { ok: isStarted } = await starting;
    this.#log.reached('afterStart');
    reading ??= this.#readAll();
    this.#phase = 'running';
    if (isStarted) await this.#untilEnded(ended, reading);
    if (channel.state === 'failed') await delay(HELD_MS);
    if (
      plan.inputMode !== 'Pipe' &&
      isStarted &&
      channel.state === 'finished' &&
      record.stopAskedAt === undefined
    ) {
      record.files = filesBelow(
        join(this.#world.dest, plan.name),
        plan.inputMode === 'FastFile',
        record.problems,
      );
    }
    this.#phase = 'stopping';
    this.#askToStop();
    record.stops.push(await settle(stop()));
    await Promise.all(this.#stopping);
    record.finished = await settle(channel.finished());
    this.#phase = 'waiting for its readers';
    await this.#endReaders(reading);
    record.stats = channel.stats();
    record.listenersLeft = getEventListeners(this.#abort.signal, 'abort').length;
    this.#phase = 'over';
  }

  /** Stops a channel that hangs in `start()`, as planned: File mode does all of its work there, and listings may stall. */
  async #untilStarted(starting: Promise<unknown>): Promise<void> {
    await this.#untilFirst([starting]);
    if (this.record.start) return;
    this.noteStop();
    this.#stop('stop');
  }

  /** Until the channel has ended by itself, or has nothing left to do, or hangs as planned. */
  async #untilEnded(ended: Promise<unknown>, reading: Promise<void>): Promise<void> {
    const isEndless = this.plan.epochs === undefined && this.plan.inputMode === 'Pipe';
    await this.#untilFirst(isEndless ? [ended, reading] : [ended]);
  }

  async #untilFirst(ends: Promise<unknown>[]): Promise<void> {
    const race = new AbortController();
    await Promise.race(this.#mayHang ? [...ends, this.#untilStill(race.signal)] : ends);
    race.abort();
  }

  /** A plan stops the channel: its own, or that of another one in its group. */
  noteStop(): void {
    if (this.record.stopAskedAt === undefined) this.record.stoppedByPlan = true;
    this.#askToStop();
  }

  get #mayHang(): boolean {
    const { fault } = this.plan;
    return fault?.kind === 'hangs' || (fault?.kind === 'server' && fault.fault === 'stall');
  }

  async #untilStill(signal: AbortSignal): Promise<void> {
    let since = performance.now();
    for (let before = ''; !signal.aborted;) {
      await delay(STILL_MS);
      const { waitingMs: _, ...stats } = this.#channel.stats();
      const is = JSON.stringify([stats, this.#current?.reading.bytes]);
      if (is !== before) since = performance.now();
      before = is;
      const limit = stats.state === 'streaming' ? STILL_MS : STILL_AT_FIRST_MS;
      const isSource = stats.waitingFor === 'source' || !this.record.start;
      if (isSource && performance.now() - since >= limit) return;
    }
  }

  /** Without `finished()`, which counts as having watched. */
  async #untilOver(): Promise<void> {
    while (!['finished', 'stopped', 'failed'].includes(this.#channel.state)) await delay(2);
  }

  async #readAll(): Promise<void> {
    const { plan, record } = this;
    const { dest: dir, readers } = this.#world;
    for (const [epoch, read] of plan.reads.entries()) {
      if (this.#isOver) return;
      const request = { dir, channel: plan.name, epoch, plan: read, signal: this.#cancelReaders.signal };
      this.#current = read.reader === 'process' ? readers.read(request) : readHere(request);
      record.readings.push(this.#current.reading);
      await this.#current.done;
      this.#current = undefined;
    }
  }

  /** A reader that has come sees the end now; one that has not is sent home. */
  async #endReaders(reading: Promise<void>): Promise<void> {
    this.#isOver = true;
    const deadline = performance.now() + RELEASE_MS;
    const grace = performance.now() + GRACE_MS;
    const waiting = this.#current;
    let isDone = waiting === undefined;
    void waiting?.done.then(() => (isDone = true));
    while (
      !isDone &&
      performance.now() < (waiting!.reading.isOpen && !waiting!.reading.plan.nonblocking ? deadline : grace)
    ) {
      await delay(1);
    }
    if (!isDone && performance.now() >= deadline) {
      this.record.problems.push({
        rule: 'reader-released',
        detail: `epoch ${waiting!.reading.epoch}: the reader was still held ${RELEASE_MS} ms after stop()`,
      });
    }
    this.#cancelReaders.abort();
    await reading;
  }

  #planFault(): void {
    const { fault } = this.plan;
    const { material, record } = this;
    const { s3 } = this.#world;
    if (fault?.kind === 'change') {
      this.#log.on(fault.when, () => {
        if (!existsSync(material.paths[fault.object]!)) return; // the scenario is over
        const spare = join(this.#world.dir, `spare-${this.plan.name}`);
        record.changeBeganAt = now();
        const { to, via } = changeFile(
          material.paths[fault.object]!,
          fault.how,
          material.stored[fault.object]!,
          spare,
        );
        record.changedTo = to;
        record.changedVia = via;
        record.changedAt = now();
      });
    } else if (fault?.kind === 'newVersion') {
      this.#log.on(fault.when, () => {
        const changed = Buffer.from(material.stored[fault.object]!.map((byte) => byte ^ 0x55));
        record.changeBeganAt = now();
        s3.put(material.s3Keys[fault.object]!, changed);
        record.changedTo = changed;
        record.changedAt = now();
      });
    } else if (fault?.kind === 'server') {
      const key = fault.operation === 'GetObject' ? material.s3Keys[fault.object] : undefined;
      s3.addFault({ operation: fault.operation, ...(key === undefined ? {} : { key }), times: fault.times, fault: toFault(fault.fault, fault.afterBytes) }); // prettier-ignore
    }
  }

  #planStop(): void {
    const { stop } = this.plan;
    if (!stop) return;
    this.#log.on(stop.when, () => {
      this.noteStop();
      this.#stop(stop.how);
    });
  }

  #stop(how: StopPlan['how']): void {
    const stoppable = this.#stoppable;
    const add = (promise: PromiseLike<void>) =>
      this.#stopping.push(settle(Promise.resolve(promise)).then((it) => this.record.stops.push(it)));
    if (how === 'abort') {
      this.record.abortedByPlan = true;
      this.#abort.abort(new Error('planned: aborted'));
    } else if (how === 'dispose') {
      add(stoppable[Symbol.asyncDispose]());
    } else {
      add(stoppable.stop());
      if (how === 'twice') add(stoppable.stop());
    }
  }

  #askToStop(): void {
    if (this.record.stopAskedAt !== undefined) return;
    this.record.stopAskedAt = now();
    this.#world.stopAsked(this.plan.name, this.record.stopAskedAt);
  }

  #describe(): string {
    const { reading } = this.#current ?? {};
    const state = JSON.stringify(
      {
        phase: this.#phase,
        stats: this.#channel.stats(),
        reading,
        isStopAsked: this.record.stopAskedAt !== undefined,
      },
      (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    );
    return `${this.plan.name}: ${state}; events: ${this.record.events
      .map(({ name }) => name)
      .slice(-5)
      .join(', ')}`;
  }
}

function toFault(fault: Extract<ChannelPlan['fault'], { kind: 'server' }>['fault'], bytes: number) {
  switch (fault) {
    case 500:
      return { kind: 'answer', status: 500, code: 'InternalError' } as const;
    case 403:
      return { kind: 'answer', status: 403, code: 'AccessDenied' } as const;
    case 'ignoreConditions':
      return { kind: fault } as const;
    case 'short':
    case 'shortChunked':
      return { kind: fault, bytes } as const;
    default:
      return { kind: fault, afterBytes: bytes } as const;
  }
}
