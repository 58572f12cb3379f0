import { memorySource } from 'sagemaker-pipe-mode';
import { describe, expect, test } from 'vitest';

import { inChunks } from '../support/bytes.js';
import { thrown } from '../support/expected-errors.js';
import { contextOf, readAll } from './source-helpers.js';
import { describeSource } from './source-contract.js';

const shuffled = <T>(items: Iterable<T>): T[] => [...items].reverse();

describeSource('memorySource of bytes', (contents) => ({
  source: memorySource(shuffled(contents).map(([key, body]) => ({ key, body }))),
  empty: memorySource([]),
}));

describeSource('memorySource of functions', (contents) => ({
  source: memorySource(
    shuffled(contents).map(([key, body]) => ({ key, body: () => inChunks(body, [0, 1, 70_000]) })),
  ),
}));

describeSource('a source of one’s own, with sizes', (contents) => ({
  source: {
    *objects() {
      for (const [key, body] of contents)
        yield { key, size: body.length, open: () => inChunks(body, [70_000]) };
    },
  },
}));

describe('memorySource', () => {
  test('sends strings as UTF-8', async () => {
    const [object] = await readAll(memorySource([{ key: 'a', body: 'größe 😀' }]));
    expect(object).toEqual({ key: 'a', size: 12, bytes: Buffer.from('größe 😀') });
  });

  test('calls a function once per epoch, and only when its object is read', async () => {
    let calls = 0;
    const body = () => {
      calls++;
      return inChunks(Buffer.from('x'), [1]);
    };
    const source = memorySource([{ key: 'a', body }]);
    for await (const _object of source.objects(contextOf()));
    expect(calls).toBe(0);
    await readAll(source);
    await readAll(source);
    expect(calls).toBe(2);
  });

  test('does not mind if the array changes afterwards', async () => {
    const objects = [{ key: 'a', body: 'a' }];
    const source = memorySource(objects);
    objects.push({ key: 'b', body: 'b' });
    expect((await readAll(source)).map(({ key }) => key)).toEqual(['a']);
  });

  test.each([
    ['no key', { body: 'a' }, '`key` that is a string'],
    ['an empty key', { key: '', body: 'a' }, '`key` that is a string'],
    ['a key that is a number', { key: 7, body: 'a' }, '`key` that is a string'],
    ['nothing', undefined, '`key` that is a string'],
    ['no body', { key: 'a' }, 'the `body` of "a" to be bytes'],
    ['an object as a body', { key: 'a', body: {} }, 'the `body` of "a" to be bytes'],
  ])('refuses %s', (_what, object, message) => {
    const error = thrown(() => memorySource([object as never]));
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toContain(message);
  });

  test('refuses a key that comes twice', () => {
    const error = thrown(() =>
      memorySource([
        { key: 'a', body: '' },
        { key: 'b', body: '' },
        { key: 'a', body: '' },
      ]),
    );
    expect(error).toMatchObject({ code: 'INVALID_OPTION', message: 'The key "a" comes twice in memory.' });
  });
});
