// What runs in a thread that writes into pipes: the entry point that the bundler emits beside the library.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { unpackParts } from '../../body/packed-parts.js';
import { checkListedTree } from '../../source/file/check-listed-tree.js';
import { ListedDirectories } from '../../source/file/listed-directories.js';
import { bindOrThrow } from '../../native/binding-permit.js';
import { Bells } from '../bells.js';
import { type PipeState, RoomWatch, waitingAmong } from '../room-watch.js';
import { serializeError } from '../../workers/serialize-error.js';
import { DirectoryFeed } from './directory-feed.js';
import { PartsFeed } from './parts-feed.js';
import { PipeWriter, type Progress } from './pipe-writer.js';
import { noteOpenFiles } from './file-access.js';
import { OpenFiles } from './open-files.js';
import { copyingPlatform, type Platform, splicingPlatform } from './platform.js';
import type {
  FilesBelow,
  FilesProgress,
  PumpChecked,
  PumpData,
  PumpProgress,
  PumpRequest,
  PumpResponse,
  PumpWish,
} from './pump-messages.js';
import { Helper } from './read-ahead.js';

type Stages = readonly [Uint8Array, Uint8Array];

interface OpenPipe {
  readonly id: number;
  readonly fd: number;
  readonly writer: PipeWriter;
  readonly taken: Float64Array;
  readonly stages: Stages;
  state: PipeState;
}

/** How often to tell what full pipes have taken where nothing else ends the waiting, in milliseconds. */
const REPORT_MS = 50;

const port = parentPort!;
const { permit, bell: shared, usesSockets, openFiles } = workerData as PumpData;
const bell = new Bells(shared);
if (openFiles) noteOpenFiles(new OpenFiles(openFiles));
const pipes = new Map<number, OpenPipe>();
const spareStages: Stages[] = [];
const directories = new ListedDirectories();
const checks = new Map<number, Iterator<void, boolean>>();
const { platform, watch } = openPlatform();
let isScheduled = false;
let helper: Helper | undefined;
let hasAskedForHelper = false;
let reporting: NodeJS.Timeout | undefined;

port.on('message', (request: PumpRequest) => {
  take(request);
  run();
});

/**
 * Moves bytes until no pipe can go on. With system calls of our own, room is waited for here, and the event loop does not
 * turn until everything is done: messages are fetched by hand. Without them it has to turn, because it tells of room.
 */
function run(): void {
  for (;;) {
    moveAll();
    checkSome();
    takeAll();
    const states = new Set([...pipes.values()].map(({ state }) => state));
    const canGoOn = states.has('ready') || states.has('more') || checks.size > 0;
    if (!watch) {
      if (canGoOn) schedule();
      else if (states.has('full')) reporting ??= setTimeout(reportLater, REPORT_MS);
      return;
    }
    const waiting = waitingAmong(pipes.values());
    if (canGoOn) {
      watch.look(waiting); // a pipe that always can go on keeps nobody waiting
      continue;
    }
    if (waiting.length === 0) return;
    waitForRoom(watch, waiting);
    reportAll();
  }
}

function reportAll(): void {
  for (const { writer } of pipes.values()) writer.report();
}

/** Goes on until nothing is full any more. */
function reportLater(): void {
  reporting = undefined;
  reportAll();
  run();
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(() => {
    isScheduled = false;
    run();
  });
}

function takeAll(): void {
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
    take(next.message as PumpRequest);
}

function take(request: PumpRequest): void {
  if (request.op === 'end') {
    for (const pipe of pipes.values()) end(pipe, 'closed');
    clearTimeout(reporting);
    checks.clear();
    helper?.port.close();
    port.close(); // nothing else keeps the thread
    return;
  }
  if (request.op === 'helper') {
    helper = new Helper(request.port, request.memory);
    return;
  }
  if (request.op === 'check') {
    if (watch) askForHelper(); // there will be many files
    checks.set(request.id, checkListedTree(request.root, directories));
    return;
  }
  if (request.op === 'cancelCheck') {
    const { id: checked } = request;
    if (checks.delete(checked)) port.postMessage({ checked, holdsFile: false } satisfies PumpChecked);
    return;
  }
  if (request.op === 'helperEnded') {
    helper?.end();
    helper = undefined;
    return;
  }
  if (request.op === 'open') {
    open(request);
    return;
  }
  const pipe = pipes.get(request.id);
  if (pipe) act(pipe, request);
}

/** Gives every check a step. */
function checkSome(): void {
  for (const [checked, check] of checks) {
    const holdsFile = checkStep(check);
    if (holdsFile === undefined) continue;
    checks.delete(checked);
    port.postMessage({ checked, holdsFile } satisfies PumpChecked);
  }
}

function checkStep(check: Iterator<void, boolean>): PumpChecked['holdsFile'] | undefined {
  try {
    const { done, value } = check.next();
    return done ? value : undefined;
  } catch (error) {
    return serializeError(error);
  }
}

function open({ id, fd, taken, reading }: PumpRequest & { op: 'open' }): void {
  const { files, stageBytes, openOutput } = platform;
  const stages: Stages = spareStages.pop() ?? [new Uint8Array(stageBytes), new Uint8Array(stageBytes)];
  const output = openOutput(fd, taken, () => {
    const pipe = pipes.get(id);
    if (!pipe) return;
    pipe.state = 'ready';
    run();
  });
  pipes.set(id, {
    id,
    fd,
    taken,
    stages,
    state: 'idle',
    writer: new PipeWriter({ files, output, taken, reading, stages }),
  });
}

function openPlatform(): { readonly platform: Platform; readonly watch?: RoomWatch } {
  if (!permit) return { platform: copyingPlatform({ usesSockets }) };
  const libc = bindOrThrow(permit);
  bell.install(0, libc);
  return { platform: splicingPlatform(libc), watch: new RoomWatch(libc, bell, 0) };
}

function act(
  pipe: OpenPipe,
  request: Exclude<PumpRequest, { op: 'check' | 'cancelCheck' | 'open' | 'helper' | 'helperEnded' | 'end' }>,
): void {
  const { id, writer } = pipe;
  const onDone = () => {
    answer({ id, outcome: 'done' });
  };
  if (request.op === 'cancel') {
    end(pipe, 'closed');
    return;
  }
  if (request.op === 'write') writer.add(new PartsFeed(unpackParts(request.parts), platform.files, onDone));
  else if (request.op === 'writeFiles') writer.add(feedFiles(pipe, request.below, onDone));
  else writer.settle(onDone);
  if (pipe.state === 'idle') pipe.state = 'ready';
}

function feedFiles({ id, taken }: OpenPipe, below: FilesBelow, onEnd: () => void): DirectoryFeed {
  const onProgress = (progress: FilesProgress) => {
    port.postMessage({ id, progress } satisfies PumpProgress);
  };
  // Without system calls of our own it is not reading that takes the time.
  const getHelper = watch && askForHelper;
  return new DirectoryFeed({
    ...below,
    files: platform.files,
    directories,
    taken,
    onProgress,
    onEnd,
    getHelper,
  });
}

/** The thread that helps, if there is one already. */
function askForHelper(): Helper | undefined {
  if (!helper && !hasAskedForHelper) port.postMessage({ wantsHelper: true } satisfies PumpWish);
  hasAskedForHelper = true;
  return helper;
}

/** Gives every pipe that can go on a step. */
function moveAll(): void {
  for (const pipe of pipes.values()) {
    if (pipe.state === 'full' || pipe.state === 'idle') continue;
    const progress = pipe.state === 'closed' ? 'closed' : step(pipe);
    if (progress === 'closed' || typeof progress === 'object') {
      end(pipe, progress);
    } else {
      pipe.state = progress;
    }
  }
}

function step({ writer }: OpenPipe): Progress | Exclude<PumpResponse['outcome'], string> {
  try {
    return writer.step();
  } catch (error) {
    return serializeError(error);
  }
}

function end({ id, writer, stages }: OpenPipe, outcome: PumpResponse['outcome']): void {
  writer.close();
  pipes.delete(id);
  if (!writer.isBusy) spareStages.push(stages);
  answer({ id, outcome });
}

function answer(response: PumpResponse): void {
  port.postMessage(response);
}

function waitForRoom(room: RoomWatch, waiting: readonly OpenPipe[]): void {
  bell.setWaiting(0, true);
  const posted = receiveMessageOnPort(port); // what was posted before the flag was up did not wake anybody
  if (posted) take(posted.message as PumpRequest);
  else room.wait(waiting);
  bell.setWaiting(0, false);
}
