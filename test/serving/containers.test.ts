import { startEndpoint } from 'sagemaker-pipe-mode/serving';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { buildImage, removeImage } from '../support/engine/build-image.js';
import {
  connectToEngine,
  describeWithEngine,
  engineHost,
  leftOnEngine,
  TOOLS,
} from '../support/engine/engine.js';
import { rejection } from '../support/expected-errors.js';
import { PYTHON_SERVER } from './support/servers.js';
import { pythonSinner } from './support/sinners.js';
import { useEndpoints } from './support/use-endpoints.js';

const endpoints = useEndpoints();

const IMAGE = 'pipe-mode/serving-test';
const SINNER = 'pipe-mode/serving-test-sinner';

describeWithEngine('endpoints in containers', () => {
  beforeAll(async () => {
    const dockerfile = `FROM ${TOOLS}\nCOPY serve.py /\nENTRYPOINT ["python3", "/serve.py"]\n`;
    await buildImage(IMAGE, { Dockerfile: dockerfile, 'serve.py': PYTHON_SERVER });
    await buildImage(SINNER, {
      Dockerfile: `FROM ${TOOLS}\nCOPY serve.py /\nENTRYPOINT python3 /serve.py $SERVER_ADDRESS; exit $?\n`,
      'serve.py': pythonSinner('address = sys.argv[1]'),
    });
  });
  afterAll(async () => {
    await removeImage(IMAGE);
    await removeImage(SINNER);
  });

  test('two instances, each with a copy of the model and a port 8080 of its own', async () => {
    const ModelDataUrl = endpoints.files({ weights: '1' });
    const options = { container: { engine: engineHost }, stopGraceMs: 500 };
    await using endpoint = await startEndpoint(
      { Image: IMAGE, ModelDataUrl, InitialInstanceCount: 2 },
      options,
    );
    const instances = new Set<string>();
    for (const body of ['a', 'b']) {
      const answer = await endpoint.invoke(body);
      instances.add(answer.instance);
      expect(await answer.json()).toEqual({ args: ['serve'], model: ['weights'], body });
    }
    expect(instances.size).toBe(2);
    await endpoint.stop();
    expect(await leftOnEngine(connectToEngine(), [process.pid])).toEqual([]);
  });

  test('findings: a server that listens to 127.0.0.1 only, and an entrypoint in shell form', async () => {
    const request = { Image: SINNER, Environment: { SERVER_ADDRESS: '127.0.0.1' } };
    const container = { engine: engineHost };
    const error = await rejection(startEndpoint(request, { container, startupTimeoutMs: 3000 }));
    expect(error).toMatchObject({ findings: [{ id: 'listens-on-localhost' }] });
    await using endpoint = await startEndpoint(
      { ...request, Environment: { SERVER_ADDRESS: '0.0.0.0' } },
      { container, stopGraceMs: 1000 },
    );
    await endpoint.stop();
    expect(endpoint.findings()).toMatchObject([{ id: 'sigterm-not-passed-on' }]);
  });
});
