import { readdirSync, readFileSync } from 'node:fs';

import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Endpoint } from 'sagemaker-pipe-mode/serving';
import { expect } from 'vitest';

/**
 * A server that writes down what it is asked before it answers, in a file that outlives it, and answers with that and its
 * own number. The content type says what else it does. Its workers, as many as the environment says, end when somebody
 * kills them, and others take their place.
 */
export const LEDGER_SERVER = `
const cluster = require('node:cluster');
const { createServer } = require('node:http');
const { openSync, writeSync } = require('node:fs');
const workers = Number(process.env.WORKERS ?? 0);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
function serve() {
  const ledger = openSync((process.env.SAGEMAKER_BASE_DIR ?? '/opt/ml') + '/ledger', 'a');
  const ways = {
    '4xx': (_request, response, id) => response.writeHead(400).end('no ' + id),
    '5xx': (_request, response, id) => response.writeHead(503).end('no ' + id),
    reset: (request) => request.socket.resetAndDestroy(),
    halves: (request, response, id) => {
      response.writeHead(200, { 'content-length': id.length + 1 });
      response.write(id, () => request.socket.destroy());
    },
    hang: () => {},
    late: (_request, response, id) => void wait(4500).then(() => response.end(id)),
    slow: (_request, response, id) => void wait(30).then(() => response.end(id)),
    pieces: async (_request, response, id) => {
      for (const character of id) { response.write(character); await wait(2); }
      response.end();
    },
  };
  createServer((request, response) => {
    if (request.url === '/ping') return void response.end();
    const parts = [];
    request.on('data', (part) => parts.push(part)).on('end', () => {
      const id = Buffer.concat(parts).toString();
      writeSync(ledger, id + '\\n');
      const way = ways[request.headers['content-type']];
      if (way) way(request, response, id);
      else response.end(id);
    });
  }).listen(8080);
}
if (workers === 0 || cluster.isWorker) serve();
else {
  // Each accepts by itself: otherwise what the first process hands to one that is killed is lost, and stays open.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  for (let count = 0; count < workers; count++) cluster.fork();
  cluster.on('exit', () => cluster.fork());
  const killEvery = Number(process.env.KILL_EVERY_MS ?? 0);
  if (killEvery > 0) setInterval(() => {
    const [worker] = Object.values(cluster.workers);
    worker?.process.kill('SIGKILL');
    console.log('killed');
  }, killEvery);
}
process.on('SIGTERM', () => process.exit(0));`;

/** What the servers of an endpoint have written down. */
export function ledgerOf(endpoint: Endpoint): string[] {
  return readdirSync(endpoint.directory)
    .filter((name) => name.startsWith('instance-'))
    .flatMap((name) => readFileSync(`${endpoint.directory}/${name}/ledger`, 'utf8').split('\n').slice(0, -1));
}

/** What became of an invocation. */
export type Outcome = { readonly answer: string } | { readonly error: Error };

/** Asks so many at a time, each with its number, until all are asked or it is enough. */
export async function askAll(
  atOnce: number,
  ask: (id: string) => Promise<string>,
  { count = Infinity, until = () => false }: { count?: number; until?: () => boolean },
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  let next = 0;
  const worker = async () => {
    while (next < count && !until()) {
      const id = `${next++}`;
      try {
        outcomes.set(id, { answer: await ask(id) });
      } catch (error) {
        outcomes.set(id, { error: error as Error });
        await nextTurn(); // one that fails at once would leave no time for anything else
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  expect(outcomes.size).toBe(next);
  return outcomes;
}

/** Each was handled once at most, those that were answered just once, and those of which nothing was sent not at all. */
export function expectNoneLostOrDoubled(
  outcomes: ReadonlyMap<string, Outcome>,
  ledger: readonly string[],
): void {
  const handled = new Set(ledger);
  expect(ledger.length - handled.size, 'invocations that were handled twice').toBe(0);
  expect(
    [...handled].filter((id) => !outcomes.has(id)),
    'that nobody has asked',
  ).toEqual([]);
  const wrong: string[] = [];
  for (const [id, outcome] of outcomes) {
    if ('answer' in outcome) {
      if (outcome.answer !== id || !handled.has(id)) wrong.push(`${id}: ${outcome.answer}`);
    } else if (handled.has(id) && outcome.error.message.includes('Nothing of it was sent')) {
      wrong.push(`${id} was handled: ${outcome.error.message}`);
    }
  }
  expect(wrong).toEqual([]);
}
