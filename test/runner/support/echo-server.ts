import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

import type { RunningProgram } from '../../../src/runner/runner.js';

/** A server in Python that answers with its name and the body, on port 8080. */
export const echoServer = (name: string, host = '0.0.0.0') => `
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        answer = b"${name}:" + body
        self.send_response(200); self.send_header("content-length", str(len(answer))); self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *args): pass
server = ThreadingHTTPServer(("${host}", 8080), Handler)
print("listens", flush=True)
server.serve_forever()`;

/** What it answers, over a connection of its own. */
export async function ask(program: RunningProgram, body: string): Promise<string> {
  const socket = await program.connect(8080);
  const asking = request({ method: 'POST', path: '/', createConnection: () => socket });
  asking.end(body);
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  return await text(answer);
}
