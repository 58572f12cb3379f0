/**
 * A model in plain Node: what it does with a record depends on the record alone, so that its answer to a whole input is known.
 * Of how it is asked it tells in its log: one line of JSON for each request.
 */
export const UPPER_CASE = `
const { createServer } = require('node:http');
let busy = 0;
createServer((request, response) => {
  if (request.url === '/ping') return void response.end();
  if (request.url !== '/invocations') return void response.writeHead(404).end();
  busy++;
  const parts = [];
  request.on('data', (chunk) => parts.push(chunk)).on('end', () => {
    const body = Buffer.concat(parts);
    const { 'content-type': type, accept, 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    console.log(JSON.stringify({ bytes: body.length, busy, type, accept, length, encoding }));
    const answer = body.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte));
    setTimeout(() => {
      busy--;
      response.end(Buffer.from(answer));
    }, Math.random() * 5);
  });
}).listen(8080);
process.on('SIGTERM', () => process.exit(0));`;

/** Answers every line of CSV with the sum of its columns, and every line of JSON with how many members it has. */
export const PREDICTING = `
const { createServer } = require('node:http');
const predict = {
  'text/csv': (line) => String(line.split(',').reduce((sum, column) => sum + Number(column), 0)),
  'application/json': (line) => JSON.stringify({ size: Object.keys(JSON.parse(line)).length }),
};
predict['application/jsonlines'] = predict['application/json'];
createServer(async (request, response) => {
  if (request.url === '/ping') return void response.end();
  if (request.url !== '/invocations') return void response.writeHead(404).end();
  let body = '';
  try { for await (const chunk of request) body += chunk; } catch { return; } // it was broken off
  console.log(JSON.stringify(body));
  const lines = body.split('\\n').filter((line) => line !== '');
  setTimeout(() => response.end(lines.map(predict[request.headers.accept]).join('\\n')), Math.random() * 5);
}).listen(8080);
process.on('SIGTERM', () => process.exit(0));`;

/** Fails as its records say. */
export const FAULTY = `
const { createServer } = require('node:http');
const { appendFileSync, readFileSync } = require('node:fs');
const seen = '/opt/ml/seen';
createServer(async (request, response) => {
  if (request.url === '/ping') return void response.end();
  if (request.url !== '/invocations') return void response.writeHead(404).end();
  let body = '';
  try { for await (const chunk of request) body += chunk; } catch { return; } // it was broken off
  const times = () => {
    appendFileSync(seen, body.trim() + '\\n');
    return readFileSync(seen, 'utf8').split('\\n').filter((line) => line === body.trim()).length;
  };
  const word = /\\[(.*?)\\]/.exec(body)?.[1];
  if (word === undefined) return void response.end(body);
  const [what, most = 'Infinity'] = word.split(':');
  if (times() > Number(most)) return void response.end(body);
  console.log('fails: ' + word);
  if (what === 'die') process.exit(3);
  if (what === 'hang') return;
  if (what === 'reset') return void request.socket.resetAndDestroy();
  if (what === 'halves') {
    response.writeHead(200, { 'content-length': '1000' });
    return void response.write('half', () => request.socket.destroy());
  }
  if (what === 'long') return void response.end('x'.repeat(100_000));
  response.writeHead(Number(what)).end('no ' + what);
}).listen(8080);
process.on('SIGTERM', () => process.exit(0));`;
