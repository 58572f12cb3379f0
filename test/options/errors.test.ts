import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { Script, createContext } from 'node:vm';

import * as main from 'sagemaker-pipe-mode';
import * as reader from 'sagemaker-pipe-mode/reader';
import * as recordio from 'sagemaker-pipe-mode/recordio';
import { describe, expect, test } from 'vitest';

import { PipeModeError } from '../../src/errors.js';
import { thrown } from '../support/expected-errors.js';

const require = createRequire(import.meta.url);
const copies = [
  PipeModeError,
  main.PipeModeError,
  reader.PipeModeError,
  recordio.PipeModeError,
  (require('sagemaker-pipe-mode') as typeof main).PipeModeError,
  (require('sagemaker-pipe-mode/reader') as typeof reader).PipeModeError,
];

describe('instanceof', () => {
  test('knows the errors of every copy of the package', () => {
    expect(new Set(copies).size).toBeGreaterThanOrEqual(3);
    for (const Thrown of copies)
      for (const Known of copies) expect(new Thrown('ABORTED', 'message') instanceof Known).toBe(true);
  });

  test('knows what the CommonJS build throws by the class of the ES module', () => {
    const { memorySource } = require('sagemaker-pipe-mode') as typeof main;
    expect(thrown(() => memorySource(5 as never))).toBeInstanceOf(main.PipeModeError);
  });

  test('knows the errors of another realm', () => {
    const context = createContext({ PipeModeError });
    const Known = PipeModeError;
    const error: unknown = new Script(
      'new (class extends Error { get [Symbol.for("sagemaker-pipe-mode.PipeModeError")]() { return true; } })',
    ).runInContext(context);
    expect(error instanceof Known).toBe(true);
    expect(
      new Script('(error) => error instanceof PipeModeError').runInContext(context)(new Known('ABORTED', '')),
    ).toBe(true);
  });

  test.each([new Error('ABORTED'), { code: 'ABORTED' }, {}, null, undefined, 'ABORTED', 5])(
    'is false for %s',
    (value) => {
      for (const Known of copies) expect((value as object) instanceof Known).toBe(false);
    },
  );

  test('tells a class that somebody has derived from it apart', () => {
    class Own extends PipeModeError {}
    expect(new Own('ABORTED', '') instanceof Own).toBe(true);
    expect(new Own('ABORTED', '') instanceof PipeModeError).toBe(true);
    expect(new PipeModeError('ABORTED', '') instanceof Own).toBe(false);
  });
});

describe('a printed error', () => {
  test('shows what is known, and no more', () => {
    const printed = inspect(
      new PipeModeError('SOURCE_EMPTY', 'There is nothing.', { path: '/data', cause: undefined }),
    );
    expect(printed).toContain("code: 'SOURCE_EMPTY'");
    expect(printed).toContain("path: '/data'");
    expect(printed).not.toContain('undefined');
    expect(inspect(new PipeModeError('ABORTED', 'Stopped.'))).not.toMatch(
      /undefined|(channel|key|path|epoch|stats|cause\]?):/,
    );
  });

  test('has what is known as own properties, and the rest is undefined', () => {
    const error = new PipeModeError('SOURCE_EMPTY', 'There is nothing.', {
      channel: 'train',
      epoch: 0,
      key: '',
    });
    expect(Object.keys(error).sort()).toEqual(['channel', 'code', 'epoch', 'help', 'key', 'name']);
    expect(Object.fromEntries(Object.entries(error))).toEqual({
      name: 'PipeModeError',
      code: 'SOURCE_EMPTY',
      help: error.help,
      channel: 'train',
      epoch: 0,
      key: '',
    });
    expect(error.path).toBeUndefined();
    expect(error.cause).toBeUndefined();
  });

  test('says where its code is explained, in every build', () => {
    for (const Each of copies) {
      const [page, anchor] = new Each('SOURCE_EMPTY', 'There is nothing.').help!.split('#');
      expect(readFileSync(new URL(page!), 'utf8')).toContain(`### \`${anchor!.toUpperCase()}\``);
    }
  });

  test('has its cause, but not as what is listed', () => {
    const cause = new Error('EIO');
    const error = new PipeModeError('READ_FAILED', 'It failed.', { cause });
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).not.toContain('cause');
  });
});
