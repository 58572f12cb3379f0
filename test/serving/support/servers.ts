/** A server in plain Node: what it does, the path or the content type of an invocation says. */
export const NODE_SERVER = `
const { createServer } = require('node:http');
const { readdirSync, writeFileSync } = require('node:fs');
const base = process.env.SAGEMAKER_BASE_DIR ?? '/opt/ml';
const ways = {
  die: () => process.exit(3),
  hang: () => {},
  reset: (request) => request.socket.resetAndDestroy(),
  halves: (request, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('half', () => request.socket.destroy());
  },
  'bad-halves': (request, response) => {
    response.writeHead(500, { 'content-length': '10' });
    response.write('half', () => request.socket.destroy());
  },
  '4xx': (_request, response) => void response.writeHead(415).end('no such thing'),
  '5xx': (_request, response) => void response.writeHead(500).end('x'.repeat(10_000)),
  long: (_request, response) => response.end(Buffer.alloc(7 * 1024 * 1024)),
  write: (_request, response) => {
    writeFileSync(base + '/model/weights', 'changed');
    response.end('written');
  },
  count: (request, response) => {
    let bytes = 0;
    request.on('data', (chunk) => (bytes += chunk.length)).on('end', () => response.end(String(bytes)));
  },
  pieces: async (request, response) => {
    for await (const chunk of request) response.write(chunk);
    response.end();
  },
  session: (_request, response) => {
    response.setHeader('X-Amzn-SageMaker-New-Session-Id', 's1; Expires=2030-01-01T00:00:00Z');
    response.end(process.env.HOSTNAME ?? '');
  },
};
createServer((request, response) => {
  if (request.url === '/ping') return void response.end('fine');
  const way = ways[request.headers['content-type']];
  if (way) return void way(request, response);
  const parts = [];
  request.on('data', (chunk) => parts.push(chunk)).on('end', () => {
    const body = Buffer.concat(parts).toString();
    const { headers, method, url } = request;
    const answer = { args: process.argv.slice(1), model: readdirSync(base + '/model').sort(), method, url, headers, body };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  });
}).listen(8080, () => console.log('listens'));
process.on('SIGTERM', () => {
  console.log('stops');
  process.exit(0);
});`;

/** The same in Python's http.server, in HTTP/1.0: no connection is kept. */
export const PYTHON_SERVER = `
import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.answer(b"")
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.answer(json.dumps({"args": sys.argv[1:], "model": sorted(os.listdir("/opt/ml/model")), "body": body}).encode())
    def log_message(self, *args): pass
print("listens", flush=True)
ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()`;
