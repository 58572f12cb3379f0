// The same in plain Node.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/** @type {{ slope: number; intercept: number }} */
const { slope, intercept } = JSON.parse(readFileSync('/opt/ml/model/line.json', 'utf8'));

/** @param {string} body */
function predict(body) {
  const lines = body.split('\n').filter((line) => line !== '');
  return lines.map((line) => `${slope * Number(line) + intercept}\n`).join('');
}

createServer((request, response) => {
  if (request.url === '/ping') {
    response.end();
  } else if (request.url !== '/invocations') {
    response.writeHead(404).end();
  } else if (request.headers['content-type'] !== 'text/csv') {
    response.writeHead(415).end('send text/csv');
  } else {
    void text(request).then((body) => {
      response.setHeader('content-type', 'text/csv');
      response.end(predict(body));
    });
  }
}).listen(8080);
process.on('SIGTERM', () => process.exit());
