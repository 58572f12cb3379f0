import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);

test('docs/errors.md has an entry for every code, and for nothing else', () => {
  expect(documentedCodes().sort()).toEqual(declaredCodes().sort());
});

test('docs/errors.md has no code twice', () => {
  const codes = documentedCodes();
  expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
});

/** The members of the union in the source: types leave no trace at run time. */
function declaredCodes(): string[] {
  const source = readFileSync(new URL('src/errors.ts', root), 'utf8');
  const union = /export type PipeModeErrorCode =([^;]*);/.exec(source)?.[1] ?? '';
  return [...union.matchAll(/'([A-Z0-9_]+)'/g)].map(([, code]) => code ?? '');
}

/** Every code has a heading of its own, so that it can be linked to. */
function documentedCodes(): string[] {
  const page = readFileSync(new URL('docs/errors.md', root), 'utf8');
  return [...page.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code ?? '');
}
