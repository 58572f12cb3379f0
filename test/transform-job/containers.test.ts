import { startTransformJob } from 'sagemaker-pipe-mode/serving';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { buildImage, removeImage } from '../support/engine/build-image.js';
import {
  connectToEngine,
  describeWithEngine,
  engineHost,
  leftOnEngine,
  TOOLS,
} from '../support/engine/engine.js';
import { useTransforms } from './support/use-transforms.js';

const transforms = useTransforms();

const IMAGE = 'pipe-mode/transform-test';

/** Puts what its model and its environment say before every line. */
const SERVER = `
import os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
word = open("/opt/ml/model/word").read().strip() + os.environ["SAGEMAKER_BATCH_STRATEGY"] + sys.argv[1]
class Handler(BaseHTTPRequestHandler):
    def answer(self, status, body):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.answer(200 if self.path == "/ping" else 404, b"")
    def do_POST(self):
        lines = self.rfile.read(int(self.headers["content-length"])).decode().splitlines()
        self.answer(200, "\\n".join(word + line for line in lines).encode())
    def log_message(self, *args): pass
ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()`;

describeWithEngine('transform jobs in containers', () => {
  beforeAll(async () => {
    const dockerfile = `FROM ${TOOLS}\nCOPY serve.py /\nENTRYPOINT ["python3", "/serve.py"]\n`;
    await buildImage(IMAGE, { Dockerfile: dockerfile, 'serve.py': SERVER });
  });
  afterAll(() => removeImage(IMAGE));

  test('two instances, and nothing is left', async () => {
    transforms.put({ a: '1\n2\n', b: '3\n', c: '4\n5\n' });
    const model = transforms.files({ 'model/word': 'x' });
    await using job = startTransformJob(
      transforms.request({
        input: { SplitType: 'Line' },
        output: { AssembleWith: 'Line' },
        BatchStrategy: 'MultiRecord',
        TransformResources: { InstanceCount: 2 },
      }),
      {
        image: IMAGE,
        model: `${model}/model`,
        container: { engine: engineHost },
        limits: { connectTimeoutMs: 10_000 },
      },
    );
    expect(await job.finished()).toMatchObject({ status: 'Completed', objects: 3, records: 5 });
    const line = (text: string) => `xMULTI_RECORDserve${text}\n`;
    expect(transforms.written()).toEqual({
      'a.out': line('1') + line('2'),
      'b.out': line('3'),
      'c.out': line('4') + line('5'),
    });
    expect(await leftOnEngine(connectToEngine(), [process.pid])).toEqual([]);
  });
});
