import { describe, expect, test } from 'vitest';

import { PipeModeError } from '../../src/errors.js';
import { resolveTrainingRequest } from '../../src/sagemaker/resolve-training-request.js';
import type { StringShape } from '../../src/sagemaker/shape.js';
import type { ShapeName } from '../../src/sagemaker/shapes.js';
import { validate } from '../../src/sagemaker/validate.js';
import { HOSTILE, SAMPLES } from '../options/wrong-values.js';
import { brokenDocuments, type Place, placesIn, sampleOf, shapeOf, withValue } from './model-values.js';

const TRAINING = 'CreateTrainingJobRequest';

const ROOTS: readonly ShapeName[] = [
  TRAINING,
  'CreateModelInput',
  'CreateEndpointConfigInput',
  'CreateEndpointInput',
  'CreateTransformJobRequest',
];

describe.each(ROOTS)('%s', (root) => {
  test('takes a document with everything in it, and copies it', () => {
    const document = sampleOf(root);
    const { value, problems } = validate(root, document);
    expect(problems.list).toEqual([]);
    expect(value).toEqual(document);
    expect(value).not.toBe(document);
  });

  test.each(['missing', 'type', 'unknown', 'min', 'max', 'enum', 'pattern', 'key'])(
    'broken: %s. The one problem is where it was broken',
    (what) => {
      const all = brokenDocuments(root).filter((each) => each.what.startsWith(what));
      const wrong = all.filter(({ path, rule, document }) => {
        const { list, total } = validate(root, document).problems;
        const [problem] = list;
        const hasValue = problem?.value !== undefined || what === 'missing';
        return !(total === 1 && problem!.path === path && rule.test(problem!.rule) && hasValue);
      });
      expect(
        wrong.map((each) => [each.what, each.path, validate(root, each.document).problems.list]),
      ).toEqual([]);
    },
  );

  test('a member that is null is not there', () => {
    const optional = placesIn(root).filter(
      (place) => !place.isRequired && typeof place.keys.at(-1) === 'string',
    );
    const document = sampleOf(root);
    for (const { keys, path } of optional) {
      const { value, problems } = validate(root, withValue(document, keys, null));
      expect(problems.list, path).toEqual([]);
      expect(value, path).toEqual(validate(root, withValue(document, keys, undefined)).value);
    }
  });
});

test('every way to break a training job is tried', () => {
  const counts: Record<string, number> = {};
  for (const { what } of brokenDocuments(TRAINING)) counts[what] = (counts[what] ?? 0) + 1;
  // Among them are those that the model has today; it may get more.
  expect(counts['missing']).toBeGreaterThan(60);
  expect(counts['type']).toBeGreaterThan(1500);
  expect(counts['enum']).toBeGreaterThan(50);
  expect(counts['pattern']).toBeGreaterThan(150);
  expect(counts['min']).toBeGreaterThan(50);
  expect(counts['max']).toBeGreaterThan(90);
  expect(counts['key pattern']).toBeGreaterThan(5);
});

/** A pattern that is no rule. */
const MATCHES_ALL = /^\[\\S\\s\][*+]$/i;

/** What a document can have wrong in one place, by the table alone. */
function rulesAt({ name, isRequired, keys }: Place): string[] {
  const shape = shapeOf(name);
  const isBreakable = (rule: string) =>
    Object.hasOwn(shape, rule) && !(rule === 'pattern' && MATCHES_ALL.test((shape as StringShape).pattern!));
  const keyShape = shape.type === 'map' ? shapeOf(shape.key) : undefined;
  const keyRules = Object.keys(keyShape ?? {}).filter((rule) => ['min', 'max', 'pattern'].includes(rule));
  return [
    'type',
    ...(isRequired && keys.length > 0 ? ['missing'] : []),
    ...(shape.type === 'structure' ? ['unknown'] : []),
    ...['enum', 'pattern', 'min', 'max'].filter(isBreakable),
    ...keyRules.map((rule) => `key ${rule}`),
  ];
}

test.each(ROOTS)('no rule that the table has for %s is left out', (root) => {
  const tried = new Map<string, Set<string>>();
  for (const { what, place } of brokenDocuments(root)) {
    const whats = tried.get(place) ?? new Set();
    tried.set(place, whats.add(what));
  }
  const leftOut = placesIn(root).flatMap((place) =>
    rulesAt(place)
      .filter((what) => !tried.get(place.path)?.has(what))
      .map((what) => `${place.path}: ${what} of ${place.name}`),
  );
  expect(leftOut).toEqual([]);
});

test('what is broken in a hundred places is told of all of them at once, with what is there', () => {
  const leaves = placesIn(TRAINING).filter(
    ({ name }) => !['structure', 'list', 'map'].includes(shapeOf(name).type),
  );
  expect(leaves.length).toBeGreaterThan(100);
  const told = new Map<string, string | undefined>();
  for (let first = 0; first < leaves.length; first += 100) {
    const some = leaves.slice(first, first + 100);
    const document = some.reduce<unknown>(
      (whole, { keys }) => withValue(whole, keys, ['wrong']),
      sampleOf(TRAINING),
    );
    const { list, total } = validate(TRAINING, document).problems;
    expect(total).toBe(some.length);
    for (const { path, value } of list) told.set(path, value);
  }
  expect([...told.keys()].sort()).toEqual(leaves.map(({ path }) => path).sort());
  expect(new Set(told.values())).toEqual(new Set(['`[…]` (object)']));
});

test('whatever is broken, the request is refused with that problem among the others', () => {
  const wrong = brokenDocuments(TRAINING).filter(({ path, document }) => {
    const error = refusal(document);
    return !(error?.code === 'INVALID_REQUEST' && error.problems?.some((problem) => problem.path === path));
  });
  expect(wrong.map(({ what, path }) => `${what}: ${path}`)).toEqual([]);
});

test('everything is found at once, each on its own line', () => {
  const { list } = validate(TRAINING, {
    TrainingJobName: 'a_b',
    RoleArn: 'arn',
    InputDataConfig: [{ ChannelName: 'a b' }, { ChannelName: '', DataSource: {}, Shuffel: 1 }],
    HyperParameters: { epochs: 3 },
    Enviroment: {},
  }).problems;
  expect(list.map(({ message }) => message)).toEqual([
    "TrainingJobName is `'a_b'` (string): expected to match [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}.",
    'HyperParameters["epochs"] is `3` (number): expected a string. Write it in quotes: \'3\'.',
    "RoleArn is `'arn'` (string): expected 20 to 2048 characters (it has 3), and to match arn:aws[a-z\\-]*:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+.",
    "InputDataConfig[0].ChannelName is `'a b'` (string): expected to match [A-Za-z0-9\\.\\-_]+.",
    'InputDataConfig[0].DataSource is required, and is not there.',
    "InputDataConfig[1].ChannelName is `''` (string): expected 1 to 64 characters (it has 0), and to match [A-Za-z0-9\\.\\-_]+.",
    'InputDataConfig[1].Shuffel is `1` (number): Channel has no such field. Its fields are ChannelName, DataSource, ContentType, CompressionType, RecordWrapperType, InputMode, ShuffleConfig.',
    'OutputDataConfig is required, and is not there.',
    expect.stringMatching(/^Enviroment is .*Did you mean `Environment`\?/),
  ]);
});

describe('a length', () => {
  const nameOf = (ContentType: string) =>
    validate('Channel', { ContentType }).problems.list.map(({ path }) => path);

  test('counts code points', () => {
    expect(nameOf('😀'.repeat(256))).not.toContain('ContentType');
    expect(nameOf('😀'.repeat(257))).toContain('ContentType');
    expect(nameOf('\ud83d'.repeat(256))).not.toContain('ContentType');
    expect(nameOf('\ud83d'.repeat(257))).toContain('ContentType');
    expect(nameOf('\udc00'.repeat(257))).toContain('ContentType');
  });
});

test('a length that is too small in code points is, however many units it has', () => {
  const { list } = validate('FileSystemId', '😀'.repeat(6)).problems;
  expect(list[0]!.rule).toContain('11 to 21 characters (it has 6)');
});

test('of a list or map that is too long, no more is read than there may be', () => {
  expect(validate('HyperParameters', manyEntries(1000)).problems.total).toBe(101);
  expect(validate('InputDataConfig', Array(1000).fill(5)).problems.total).toBe(21);
});

describe('whatever it is given', () => {
  test.each(placesIn(TRAINING).map((place) => [place.path, place] as const))(
    'at "%s"',
    (_path, { keys, name }) => {
      const document = sampleOf(TRAINING);
      for (const { name: what, make } of [...SAMPLES, ...HOSTILE]) {
        const { problems } = validate(TRAINING, withValue(document, keys, make()));
        expect(problems.total, what).toBeLessThan(40);
        const error = refusal(withValue(document, keys, make()));
        expect(error?.code, `${what} for ${name}`).toBe('INVALID_REQUEST'); // the sample has two sources in a channel
        expect(error?.message.length, what).toBeLessThan(20_000);
      }
    },
  );

  test('a getter that throws is one problem, wherever it is', () => {
    for (const { keys, path } of placesIn(TRAINING).slice(1)) {
      const document = structuredClone(sampleOf(TRAINING)) as object;
      const owner = keys.slice(0, -1).reduce((value, key) => value[key as never], document);
      const get = () => {
        throw new Error('hostile');
      };
      Object.defineProperty(owner, keys.at(-1)!, { get, enumerable: true });
      const { list } = validate(TRAINING, document).problems;
      expect(list).toEqual([
        { path, rule: 'readable', message: `${path} cannot be read: it threw \`Error: hostile\` (object).` },
      ]);
      expect(refusal(document)?.problems).toContainEqual(list[0]);
    }
  });

  test('everything is read once', () => {
    const reads = new Map<string, number>();
    const counting = (value: unknown, path: string): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      return new Proxy(value, {
        get(target, key, receiver) {
          const at = `${path}/${String(key)}`;
          if (Object.hasOwn(target, key) && key !== 'length') reads.set(at, (reads.get(at) ?? 0) + 1);
          return counting(Reflect.get(target, key, receiver), at);
        },
      });
    };
    expect(validate(TRAINING, counting(sampleOf(TRAINING), '')).problems.list).toEqual([]);
    expect(reads.size).toBeGreaterThan(150);
    expect([...reads].filter(([, count]) => count !== 1)).toEqual([]);
  });

  test('what is inherited is not there', () => {
    const { problems } = validate('ShuffleConfig', Object.create({ Seed: 1 }));
    expect(problems.list.map(({ message }) => message)).toEqual(['Seed is required, and is not there.']);
  });

  test('an object of a class is one of properties', () => {
    class Shuffle {
      Seed = 1;
    }
    expect(validate('ShuffleConfig', new Shuffle())).toMatchObject({
      value: { Seed: 1 },
      problems: { total: 0 },
    });
  });

  test('a circle is a wrong type where it closes', () => {
    const channel: Record<string, unknown> = sampleOf('Channel') as Record<string, unknown>;
    channel['ContentType'] = channel;
    channel['DataSource'] = channel;
    const { list } = validate('Channel', channel).problems;
    expect(list[0]).toMatchObject({ path: 'DataSource.ChannelName' });
    expect(list.at(-1)).toMatchObject({ path: 'ContentType', rule: 'a string' });
  });

  test('keys of a map may have any name', () => {
    const HyperParameters = JSON.parse(
      '{ "__proto__": "a", "constructor": "b", "": "c", "a\\nb": "d" }',
    ) as object;
    const { value, problems } = validate('HyperParameters', HyperParameters);
    expect(Object.entries(value as object)).toEqual(Object.entries(HyperParameters));
    expect(problems.list.map(({ path }) => path)).toEqual(['["a\\nb"]']);
  });

  test('text that a terminal obeys is shown', () => {
    const { list } = validate('HyperParameters', { '\x1b[2J\u202e': '\x1b[2J\n' }).problems;
    expect(list[0]!.message).not.toMatch(/[\x00-\x1f\u202e]/); // eslint-disable-line no-control-regex
  });

  test.each<[string, ShapeName, () => unknown]>([
    ['a list of millions', 'InputDataConfig', () => new Array(5_000_000).fill(1)],
    ['a list with nothing in it', 'InputDataConfig', () => new Array(2 ** 32 - 1)],
    ['a map of many', 'HyperParameters', () => manyEntries(200_000)],
    ['many unknown members', 'Channel', () => manyEntries(200_000)],
    ['long text', 'ChannelName', () => ' '.repeat(20_000_000)],
    ['long names', 'Channel', () => ({ ['x'.repeat(10_000_000)]: 1 })],
  ])('%s is a message of some lines', (_name, shape, make) => {
    const { problems } = validate(shape, make());
    expect(problems.total).toBeGreaterThan(0);
    expect(problems.list.length).toBeLessThanOrEqual(100);
    expect(problems.describe().split('\n').length).toBeLessThanOrEqual(21);
    expect(problems.describe().length).toBeLessThan(10_000);
  });

  test('what is not listed is counted', () => {
    const { problems } = validate('Channel', manyEntries(212));
    expect(problems.total).toBe(214); // ChannelName and DataSource are missing
    expect(problems.list.length).toBe(100);
    expect(problems.describe()).toMatch(/\n- and 194 more$/);
  });
});

test('instance types are listed in part, and the nearest is named', () => {
  const [problem] = validate('ResourceConfig', { InstanceType: 'ml.m5.large ' }).problems.list;
  expect(problem!.message).toMatch(/one of (ml\.\S+ ){5}and \d\d+ more\. Did you mean `ml\.m5\.large`\?$/);
  expect(shapeOf('TrainingInstanceType')).toMatchObject({ enum: expect.arrayContaining(['ml.m5.large']) });
});

function manyEntries(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key ${index}`, 1]));
}

function refusal(request: unknown): PipeModeError | undefined {
  try {
    resolveTrainingRequest(request, { strict: true });
    return undefined;
  } catch (error) {
    if (error instanceof PipeModeError) return error;
    throw error;
  }
}
