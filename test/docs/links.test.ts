import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { deadLinks } from '../support/dead-links.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'examples/README.md',
  ...guides.map((name) => `docs/${name}`),
];

test.each(pages)('the links in %s within the repository lead somewhere', (page) => {
  expect(deadLinks(root, page)).toEqual([]);
});

test.each(pages)('the files that %s names are there', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const named = [...text.matchAll(/`((?:docs|examples|scripts|src|test)\/[\w./-]+\.\w+)`/g)];
  expect(named.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('a link that leads nowhere is found', () => {
  expect(deadLinks(root, 'test/docs/dead-links.md')).toEqual([
    'test/docs/dead-links.md: ](no-such-page.md)',
    'test/docs/dead-links.md: ](../../README.md#no-such-heading)',
    'test/docs/dead-links.md: ](#no-such-heading)',
    'test/docs/dead-links.md: ](no-such-picture.svg)',
    'test/docs/dead-links.md: ](../../../outside-of-the-root.md)',
  ]);
});
