import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { checkCutReading } from './checks/check-cut-reading.js';
import { holdersBelow } from './holders.js';
import type { Problem } from './problem.js';
import type { Reading, ReadRequest } from './readers/reading.js';
import type { ScenarioResult } from './run-scenario.js';
import type { Scenario } from './scenario.js';
import type { World } from './world.js';

/** What a worker asks of the thread that started it. */
export type WorkerMessage =
  | { readonly kind: 'read'; readonly id: number; readonly request: Omit<ReadRequest, 'signal'> }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'put'; readonly key: string; readonly bytes: Uint8Array }
  | { readonly kind: 'fault'; readonly rule: Parameters<World['s3']['addFault']>[0] }
  | { readonly kind: 'stopAsked'; readonly channel: string; readonly at: bigint }
  | { readonly kind: 'settle' }
  | { readonly kind: 'laidOut' }
  | { readonly kind: 'result'; readonly result: ScenarioResult };

/** What it is told: that everything it said has been done, or news of a reader. */
export type WorkerAnswer = 'settled' | ReadingMessage;

export interface ReadingMessage {
  readonly id: number;
  readonly reading: Reading;
  readonly isDone: boolean;
}

/** What a worker is started with. */
export interface WorkerData {
  readonly scenario: Scenario;
  readonly dir: string;
  readonly dest: string;
  readonly prefix: string;
  readonly client: World['s3']['client'];
}

/** How long readers may take to see the end after their channels' thread has been terminated. */
const RELEASE_MS = 5000;
/** How long a reader that need not see an end is given to see one all the same. */
const GRACE_MS = 25;
/** How long what holds a FIFO open may take to notice that its reader has gone. */
const HOLDER_MS = 2000;

interface RemoteReader {
  readonly channel: string;
  readonly reading: Reading;
  readonly done: Promise<void>;
  readonly cancel: () => void;
}

/**
 * Runs a scenario in a worker thread. If that is ended before its channels are, what it left is checked. Where it was
 * terminated, readers see an end, as if a process had been killed; where it has ended itself, no reader sees an end of
 * anything but a complete epoch: what is not is held open, by a process that ends when its reader does.
 */
export async function runInWorker(scenario: Scenario, world: World): Promise<ScenarioResult> {
  const { dir, dest, prefix, s3 } = world;
  const data: WorkerData = { scenario, dir, dest, prefix, client: s3.client };
  const worker = new Worker(new URL('./soak-worker.mjs', import.meta.url), {
    workerData: data,
    execArgv: [],
    stderr: scenario.threadEnd !== undefined,
  });
  const readers = new Map<number, RemoteReader>();
  const stopped = new Map<string, bigint>();
  let result: ScenarioResult | undefined;
  let failure: unknown;
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'result') result = message.result;
    else if (message.kind === 'laidOut') endLater(worker, scenario);
    else if (message.kind === 'stopAsked') stopped.set(message.channel, message.at);
    else serve(message, worker, readers, world);
  });
  worker.on('error', (error) => (failure = error));
  await new Promise((resolve) => worker.once('exit', resolve));
  const cut = [...readers.values()];
  const problems = await releaseReaders(cut, scenario.threadEnd?.how === 'terminate');
  if (!mayLeaveFifos(scenario)) problems.push(...(await checkHolders(dest)));
  if (result) return { ...result, problems: [...result.problems, ...problems] };
  for (const { channel, reading } of cut) problems.push(...checkCutReading(scenario, channel, reading, stopped.get(channel), world)); // prettier-ignore
  if (!isPlanned(failure, scenario))
    problems.push({ rule: 'threw', detail: `in a worker: ${String(failure)}` });
  return { problems, epochs: 0, bytes: 0 };
}

/**
 * Whether the thread that ends may be opening FIFOs: what is opened at that moment stays open, as the guide of the reader
 * says.
 */
export function mayLeaveFifos({ threadEnd, channels }: Scenario): boolean {
  return (
    threadEnd !== undefined && channels.some(({ reads }) => reads.some(({ reader }) => reader === 'same'))
  );
}

function endLater(worker: Worker, { threadEnd }: Scenario): void {
  if (threadEnd?.how === 'terminate') setTimeout(() => void worker.terminate(), threadEnd.afterMs);
}

function isPlanned(failure: unknown, { threadEnd }: Scenario): boolean {
  if (threadEnd === undefined) return false;
  return failure === undefined || (failure as Error).message === 'planned: the thread ends';
}

function serve(
  message: Exclude<WorkerMessage, { kind: 'result' | 'laidOut' | 'stopAsked' }>,
  worker: Worker,
  readers: Map<number, RemoteReader>,
  { readers: host, s3 }: World,
): void {
  if (message.kind === 'settle') worker.postMessage('settled');
  else if (message.kind === 'put') s3.put(message.key, message.bytes);
  else if (message.kind === 'fault') s3.addFault(message.rule);
  else if (message.kind === 'cancel') readers.get(message.id)?.cancel();
  else {
    const { id, request } = message;
    const abort = new AbortController();
    const tell = (isDone: boolean) => {
      const update: ReadingMessage = { id, reading: started.reading, isDone };
      worker.postMessage(update);
    };
    const started = host.read({ ...request, signal: abort.signal, onChange: () => tell(false) });
    void started.done.then(() => tell(true));
    readers.set(id, { ...started, channel: request.channel, cancel: () => abort.abort() });
  }
}

/** @param mustEnd - whether everybody who had a writer is at the end of the data now; others are sent home */
async function releaseReaders(readers: readonly RemoteReader[], mustEnd: boolean): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { reading, done, cancel } of readers) {
    const isDue = mustEnd && reading.isOpen && !reading.plan.nonblocking;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, isDue ? RELEASE_MS : GRACE_MS, 'late'))); // prettier-ignore
    const how = await Promise.race([done, late]);
    clearTimeout(timer);
    if (how === 'late' && isDue) {
      problems.push({ rule: 'reader-released', detail: `epoch ${reading.epoch}: a reader was still held ${RELEASE_MS} ms after its channel's thread had been terminated` }); // prettier-ignore
    }
    cancel();
    await done;
  }
  return problems;
}

/** No process has a FIFO open when all readers have gone. */
async function checkHolders(dest: string): Promise<Problem[]> {
  const deadline = performance.now() + HOLDER_MS;
  for (;;) {
    const holders = holdersBelow(dest);
    if (holders.length === 0) return [];
    if (performance.now() >= deadline) return holders.map((it) => ({ rule: 'leftovers', detail: it }));
    await delay(10);
  }
}
