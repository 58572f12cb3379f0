// The same server as python/serve.py, in Node without any package.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const root = process.env.SAGEMAKER_BASE_DIR ?? '/opt/ml';
const { intercept, weights } = JSON.parse(readFileSync(`${root}/model/model.json`, 'utf8'));

const predict = (line) =>
  line.split(',').reduce((sum, x, index) => sum + Number(x) * weights[index], intercept);

const server = createServer(async (request, response) => {
  const answer = (status, body = '', contentType = 'text/plain') =>
    void response.writeHead(status, { 'content-type': contentType }).end(body);
  if (request.url === '/ping') return answer(200);
  if (request.url !== '/invocations' || request.method !== 'POST') return answer(404);
  const lines = (await text(request)).split('\n').filter((line) => line !== '');
  const predictions = lines.map(predict);
  if (lines.length === 0 || predictions.some(Number.isNaN))
    return answer(400, 'Lines of numbers are expected.');
  const accept = request.headers.accept ?? '*/*';
  if (accept.includes('text/csv')) return answer(200, predictions.join('\n'), 'text/csv');
  if (/json|\*/.test(accept)) return answer(200, JSON.stringify({ predictions }), 'application/json');
  answer(406, 'JSON or CSV');
});

server.listen(8080, '0.0.0.0');
process.on('SIGTERM', () => server.close(() => process.exit(0)));
