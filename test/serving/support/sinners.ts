/** A server in Python that does nothing wrong, but for what is changed before it listens. */
export function pythonSinner(sin = ''): string {
  return `
import json, os, signal, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.ping() if self.path == "/ping" else self.answer(404, b"")
    def do_POST(self): self.invoke() if self.path == "/invocations" else self.answer(404, b"")
    def ping(self): self.answer(200, b"")
    def read(self): return self.rfile.read(int(self.headers["content-length"]))
    def accepts(self): return any(each in self.headers.get("accept", "*/*") for each in ("json", "*"))
    def invoke(self):
        body = self.read()
        if not body: return self.answer(400, b"no payload")
        if not self.accepts(): return self.answer(406, b"JSON only")
        self.answer(200, self.predict(body))
    def predict(self, body): return json.dumps({"bytes": len(body)}).encode()
    def log_message(self, *args): pass
kind, address, port = ThreadingHTTPServer, "0.0.0.0", 8080
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
${sin}
kind((address, port), Handler).serve_forever()`;
}

/** The same in Node: `sin` may replace members of `does`. */
export function nodeSinner(sin = ''): string {
  return `
const { createServer } = require('node:http');
const does = {
  ping: (_request, response) => void response.end(),
  read: async (request) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    return Buffer.concat(parts);
  },
  invoke: async (request, response) => {
    const body = await does.read(request);
    if (body.length === 0) return void response.writeHead(400).end('no payload');
    const { accept = '*/*' } = request.headers;
    if (!/json|[*]/.test(accept)) return void response.writeHead(406).end('JSON only');
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.end(does.predict(body));
  },
  predict: (body) => JSON.stringify({ bytes: body.length }),
};
process.on('SIGTERM', () => process.exit(0));
${sin}
createServer((request, response) => {
  if (request.url === '/ping') return void does.ping(request, response);
  if (request.url === '/invocations' && request.method === 'POST') return void does.invoke(request, response);
  response.writeHead(404).end();
}).listen(8080);`;
}
