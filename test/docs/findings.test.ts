import { readdirSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);

test('docs/findings.md has a section for every finding, once, and for nothing else', () => {
  expect(documentedIds().sort()).toEqual(declaredIds().sort());
});

test('each of them is the work of one module', () => {
  expect(producedIds().sort()).toEqual(declaredIds().sort());
});

test('each section says why it hurts and what to do', () => {
  const sections = page().split(/^### /m).slice(1);
  const lacking = sections.filter(
    (text) => !text.includes('- **Why it hurts.**') || !text.includes('- **What to do.**'),
  );
  expect(lacking).toEqual([]);
});

/** The members of the union in the source: types leave no trace at run time. */
function declaredIds(): string[] {
  const union = /export type FindingId =([^;]*);/.exec(source('src/findings/finding.ts'))?.[1] ?? '';
  return [...union.matchAll(/'([a-z0-9-]+)'/g)].map(([, id]) => id ?? '');
}

function producedIds(): string[] {
  const folders = ['src/findings', 'src/training/findings', 'src/serving/findings'];
  const files = folders.flatMap((folder) =>
    readdirSync(new URL(folder, root)).map((file) => `${folder}/${file}`),
  );
  return files.flatMap((file) =>
    [...source(file).matchAll(/^ +id: '([a-z0-9-]+)'/gm)].map(([, id]) => id ?? ''),
  );
}

/** Every one has a heading of its own, so that it can be linked to. */
function documentedIds(): string[] {
  return [...page().matchAll(/^### `([\w-]+)`$/gm)].map(([, id]) => id ?? '');
}

function page(): string {
  return readFileSync(new URL('docs/findings.md', root), 'utf8');
}

function source(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}
