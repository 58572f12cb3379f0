import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import {
  generate,
  generateRuntime,
  type Model,
  type RuntimeModel,
  target,
} from '../../scripts/generate-sagemaker.js';
import type { Shape } from '../../src/sagemaker/shape.js';
import { type ShapeName, SHAPES } from '../../src/sagemaker/shapes.js';

const ROOTS: readonly ShapeName[] = [
  'CreateTrainingJobRequest',
  'CreateModelInput',
  'CreateEndpointConfigInput',
  'CreateEndpointInput',
  'CreateTransformJobRequest',
  'EndpointRequest',
];

/** What a shape consists of. */
function partsOf(shape: Shape): readonly string[] {
  switch (shape.type) {
    case 'structure':
      return Object.values(shape.members);
    case 'list':
      return [shape.member];
    case 'map':
      return [shape.key, shape.value];
    default:
      return [];
  }
}

describe('the table', () => {
  test('has every shape that the requests consist of, and no other', () => {
    const found = new Set<string>();
    const visit = (name: string) => {
      if (found.has(name)) return;
      found.add(name);
      const shape: Shape | undefined = SHAPES[name as ShapeName];
      partsOf(shape).forEach(visit);
    };
    ROOTS.forEach(visit);
    expect([...found].sort()).toEqual(Object.keys(SHAPES).sort());
  });

  test('has no shape inside of itself: whatever is read comes to an end', () => {
    const walk = (name: string, path: readonly string[]): void => {
      expect(path).not.toContain(name);
      partsOf(SHAPES[name as ShapeName]).forEach((part) => walk(part, [...path, name]));
    };
    ROOTS.forEach((root) => walk(root, []));
  });

  test('bounds every list and every map', () => {
    const unbounded = Object.entries(SHAPES as Record<string, Shape>).filter(
      ([, shape]) => (shape.type === 'list' || shape.type === 'map') && shape.max === undefined,
    );
    expect(unbounded.map(([name]) => name)).toEqual([]);
  });

  test('requires only members that there are', () => {
    for (const shape of Object.values(SHAPES) as Shape[]) {
      if (shape.type !== 'structure') continue;
      expect(Object.keys(shape.members)).toEqual(expect.arrayContaining([...(shape.required ?? [])]));
    }
  });
});

describe('the generator', () => {
  const model = modelOf({
    Request: { type: 'structure', required: ['A'], members: { A: { shape: 'Text' }, B: { shape: 'Count' } } },
    Text: { type: 'string', pattern: "[\\S]'*", min: 0, max: 3 },
    Count: { type: 'integer', min: 0 },
    Unused: { type: 'boolean' },
  });

  test('leaves out what no request consists of, and limits that are none', async () => {
    const table = (await generate(model)).get('shapes.ts');
    expect(table).toContain(
      "Request: { type: 'structure', required: ['A'], members: { A: 'Text', B: 'Count' } }",
    );
    expect(table).toContain("Text: { type: 'string', pattern: '[\\\\S]\\'*', max: 3 }");
    expect(table).toContain("Count: { type: 'integer', min: 0 }");
    expect(table).not.toContain('Unused');
  });

  test('writes the rules into the types', async () => {
    const types = (await generate(model)).get('create-training-job.ts');
    expect(types).toContain(
      "/** Required. At most 3 characters that match `[\\S]'*`. */\n  readonly A: string | undefined;",
    );
    expect(types).toContain('/** An integer from 0 up. */\n  readonly B?: number | undefined;');
  });

  test('refuses a model with a kind of shape that nothing here validates', async () => {
    const unknown = modelOf({
      Request: { type: 'structure', members: { A: { shape: 'Blob' } } },
      Blob: { type: 'blob' },
    });
    await expect(generate(unknown)).rejects.toThrow('no validator for shapes of the type blob');
  });
});

// The model has no place in the repository: 113 kB that nobody reads here. Where it is, it has to make what is here.
const modelPath = process.env['SAGEMAKER_MODEL'] ?? findAbove('shared/aws/sagemaker.json');
const runtimePath = process.env['SAGEMAKER_RUNTIME_MODEL'] ?? findAbove('shared/aws/sagemaker-runtime.json');

test.skipIf(modelPath === undefined)(
  "the table and the types are what AWS's model makes (skipped without shared/aws/sagemaker.json or SAGEMAKER_MODEL)",
  async () => {
    const model = JSON.parse(readFileSync(modelPath!, 'utf8')) as Model;
    for (const [name, text] of await generate(model))
      expect(readFileSync(target(name), 'utf8'), name).toBe(text);
  },
);

test.skipIf(runtimePath === undefined)(
  "the headers are what AWS's model makes (skipped without shared/aws/sagemaker-runtime.json or SAGEMAKER_RUNTIME_MODEL)",
  async () => {
    const model = JSON.parse(readFileSync(runtimePath!, 'utf8')) as RuntimeModel;
    for (const [name, text] of await generateRuntime(model))
      expect(readFileSync(target(name), 'utf8'), name).toBe(text);
  },
);

function modelOf(shapes: Model['shapes']): Model {
  const names = [
    'CreateTrainingJob',
    'CreateModel',
    'CreateEndpointConfig',
    'CreateEndpoint',
    'CreateTransformJob',
  ];
  return {
    operations: Object.fromEntries(names.map((name) => [name, { input: { shape: 'Request' } }])),
    shapes: {
      ContainerDefinition: { type: 'structure', members: {} },
      ProductionVariant: { type: 'structure', members: {} },
      EndpointName: { type: 'string' },
      ...shapes,
    },
  };
}

/** A file below the repository's folder, or below one of those that it is in. */
function findAbove(path: string): string | undefined {
  let folder = fileURLToPath(new URL('../..', import.meta.url));
  for (;;) {
    if (existsSync(join(folder, path))) return join(folder, path);
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
}
