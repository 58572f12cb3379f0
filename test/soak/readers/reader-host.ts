import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { newReading, type Reading, type ReadRequest } from './reading.js';

interface Report {
  readonly id: number;
  readonly event: 'ready' | 'opened' | 'first' | 'end' | 'failed' | 'exit';
  readonly t: string;
  readonly [field: string]: unknown;
}

/** Readers in processes of their own, and not in Node: `reader_host.py` makes them. */
export class ReaderHost {
  readonly #child: ChildProcess;
  readonly #readers = new Map<number, (report: Report) => void>();
  #next = 1;
  #ready!: () => void;

  private constructor(folder: string) {
    this.#child = spawn('python3', [join(folder, 'reader_host.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const report = JSON.parse(line) as Report;
      if (report.event === 'ready') this.#ready();
      this.#readers.get(report.id)?.(report);
    });
  }

  static async start(folder: string): Promise<ReaderHost> {
    const host = new ReaderHost(folder);
    const ready = new Promise<void>((resolve) => (host.#ready = resolve));
    host.#send({ hello: 1 });
    await ready;
    return host;
  }

  /** Reads one epoch; resolves when the reader's process is gone. */
  read(request: ReadRequest): { readonly reading: Reading; readonly done: Promise<void> } {
    const { dir, channel, epoch, plan, signal, onChange } = request;
    const id = this.#next++;
    const reading = newReading(request);
    const kill = () => this.#send({ kill: id });
    const done = new Promise<void>((resolve) => {
      this.#readers.set(id, (report) => {
        note(reading, report, signal.aborted);
        onChange?.();
        if (report.event !== 'exit') return;
        this.#readers.delete(id);
        signal.removeEventListener('abort', kill);
        resolve();
      });
    });
    this.#send({
      id,
      path: join(dir, `${channel}_${epoch}`),
      next: join(dir, `${channel}_${epoch + 1}`),
      limit: plan.leaveAfter ?? null,
      dies: plan.dies,
      returns: plan.returns,
      late: plan.lateMs,
      pause: plan.pauseMs,
      delay: plan.delayMs,
      chunk: plan.chunkBytes,
      nonblocking: plan.nonblocking,
    });
    if (signal.aborted) kill();
    else signal.addEventListener('abort', kill);
    return { reading, done };
  }

  async close(): Promise<void> {
    this.#child.stdin!.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  #send(command: object): void {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
  }
}

function note(reading: Reading, report: Report, isCancelled: boolean): void {
  switch (report.event) {
    case 'ready':
      break;
    case 'opened':
      reading.isOpen = true;
      break;
    case 'first':
      reading.atFirstByte = {
        at: BigInt(report.t),
        next: report['next'] as boolean,
        name: report['name'] as boolean,
      };
      break;
    case 'end':
      reading.bytes = report['bytes'] as number;
      reading.sha256 = report['sha256'] as string;
      reading.eof = report['eof'] as boolean;
      reading.endedAt = BigInt(report.t);
      if (typeof report['again'] === 'number') reading.again = report['again'];
      break;
    case 'failed':
      reading.failure = report['message'] as string;
      break;
    case 'exit':
      // SIGKILL by us, and not by the reader itself.
      reading.wasCancelled = isCancelled && reading.endedAt === 0n;
      if (!reading.wasCancelled && reading.endedAt === 0n)
        reading.failure ??= `exit status ${String(report['status'])}`;
  }
}
