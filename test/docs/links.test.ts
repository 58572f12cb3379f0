import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

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
  const links = [...readPage(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  const dead = links.filter(([, path = '', anchor]) => !leadsSomewhere(page, path, anchor));
  expect(dead.map(([link]) => link)).toEqual([]);
});

test.each(pages)('the files that %s names are there', (page) => {
  const named = [...readPage(page).matchAll(/`((?:docs|examples|scripts|src|test)\/[\w./-]+\.\w+)`/g)];
  expect(named.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

function leadsSomewhere(from: string, path: string, anchor: string | undefined): boolean {
  const target = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || anchors(target).includes(anchor);
}

/** As GitHub makes them of headings. */
function anchors(page: string): string[] {
  const headings = [...readPage(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading ?? '');
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}
