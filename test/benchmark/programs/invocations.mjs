// An endpoint of the library in a process of its own, and its server once more without it: see `Invocations`, the other end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { startEndpoint } from 'sagemaker-pipe-mode/serving';
import { Pool } from 'undici';

import { serve } from './serve.mjs';

/** How many are asked at a time. */
const AT_ONCE = 64;

/** How many in a turn. */
const IN_TURN = 5000;

/** Answers with what it is asked. */
const SERVER = `
const server = require('node:http').createServer((request, response) => {
  if (request.url === '/ping') return void response.end();
  const parts = [];
  request.on('data', (part) => parts.push(part)).on('end', () => {
    const body = Buffer.concat(parts);
    response.writeHead(200, { 'content-type': 'text/csv', 'content-length': body.length }).end(body);
  });
}).listen(Number(process.env.PORT), () => console.log(server.address().port));`;

const command = [process.execPath, '-e', SERVER, '--'];

/** @typedef {import('sagemaker-pipe-mode/serving').Endpoint} Endpoint */
/** @typedef {import('../invocations.js').Asked} Asked */

/** @type {Endpoint} */
let endpoint;
/** @type {Pool} */
let pool;
/** @type {(() => unknown)[]} */
const ends = [];

serve({
  async begin() {
    endpoint = await startEndpoint({}, { command, env: { ...process.env, PORT: '8080' } });
    ends.push(() => endpoint[Symbol.asyncDispose]());
    const server = spawn(process.execPath, ['-e', SERVER], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    ends.push(() => server.kill('SIGKILL'));
    const [port] = await once(server.stdout, 'data');
    pool = new Pool(`http://127.0.0.1:${String(port).trim()}`, { connections: AT_ONCE });
    ends.push(() => pool.destroy());
  },

  /** @param {number} count */
  async round(count) {
    const [ours, theirs] = [new Turns(count), new Turns(count)];
    for (let from = 0; from < count; from += IN_TURN) {
      const to = Math.min(from + IN_TURN, count);
      await theirs.play(from, to, askServer);
      await ours.play(from, to, askEndpoint);
    }
    return { ours: ours.summary(), theirs: theirs.summary() };
  },

  async stop() {
    for (const end of ends.reverse()) await end();
  },
});

/** @param {string} body */
async function askEndpoint(body) {
  const answer = await endpoint.invoke(body, { contentType: 'text/csv' });
  return await answer.text();
}

/** @param {string} body */
async function askServer(body) {
  const headers = { 'content-type': 'text/csv' };
  const answer = await pool.request({ method: 'POST', path: '/invocations', headers, body });
  return await answer.body.text();
}

/** What some turns have taken. */
class Turns {
  #ms = 0;
  /** @type {Float64Array} */
  #times;

  /** @param {number} count */
  constructor(count) {
    this.#times = new Float64Array(count);
  }

  /**
   * Asks for each number something else, and makes sure that each answer is to its question.
   *
   * @param {number} from
   * @param {number} to
   * @param {(body: string) => Promise<string>} ask
   */
  async play(from, to, ask) {
    let next = from;
    const worker = async () => {
      while (next < to) {
        const index = next++;
        const body = `${index},5.1,3.5,1.4,0.2`;
        const began = performance.now();
        const answer = await ask(body);
        this.#times[index] = performance.now() - began;
        if (answer !== body) throw new Error(`"${body}" was answered with "${answer}"`);
      }
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    this.#ms += performance.now() - began;
  }

  /** @returns {Asked} */
  summary() {
    const count = this.#times.length;
    const p99Ms = this.#times.sort()[Math.ceil(count * 0.99) - 1] ?? 0;
    return { perSecond: (1000 * count) / this.#ms, p99Ms };
  }
}
