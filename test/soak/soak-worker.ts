// The thread of a scenario that runs in one.
import { parentPort, workerData } from 'node:worker_threads';

import { createChannel, createChannels } from 'sagemaker-pipe-mode';

import { newReading, type ReadRequest } from './readers/reading.js';
import type { ReadingMessage, WorkerAnswer, WorkerData, WorkerMessage } from './run-in-worker.js';
import { runScenario } from './run-scenario.js';
import type { World } from './world.js';

const { scenario, dir, dest, prefix, client } = workerData as WorkerData;
const port = parentPort!;
const post = (message: WorkerMessage) => port.postMessage(message);

let next = 1;
const watchers = new Map<number, (message: ReadingMessage) => void>();
let settle: () => void = () => {};
port.on('message', (answer: WorkerAnswer) => {
  if (answer === 'settled') settle();
  else watchers.get(answer.id)?.(answer);
});

const world: World = {
  subject: { createChannel, createChannels },
  dir,
  dest,
  prefix,
  readers: { read },
  s3: {
    client,
    put: (key, bytes) => post({ kind: 'put', key, bytes }),
    addFault: (rule) => post({ kind: 'fault', rule }),
    settled: () =>
      new Promise((resolve) => {
        const before = settle;
        settle = () => {
          before();
          resolve();
        };
        post({ kind: 'settle' });
      }),
  },
  stopAsked: (channel, at) => post({ kind: 'stopAsked', channel, at }),
  describe: () => {},
};

const running = runScenario(scenario, world);
post({ kind: 'laidOut' });
const { threadEnd } = scenario;
if (threadEnd && threadEnd.how !== 'terminate') {
  setTimeout(() => {
    if (threadEnd.how === 'exit') process.exit();
    throw new Error('planned: the thread ends');
  }, threadEnd.afterMs);
}
const result = await running;
post({ kind: 'result', result });
port.close();

/** A reader of the thread that started this one: it outlives this one. */
function read(request: ReadRequest) {
  const { signal, ...rest } = request;
  const id = next++;
  const reading = newReading(request);
  const done = new Promise<void>((resolve) => {
    watchers.set(id, (message) => {
      Object.assign(reading, message.reading);
      if (!message.isDone) return;
      signal.removeEventListener('abort', cancel);
      resolve();
    });
  });
  const cancel = () => post({ kind: 'cancel', id });
  signal.addEventListener('abort', cancel);
  post({ kind: 'read', id, request: rest });
  return { reading, done };
}
