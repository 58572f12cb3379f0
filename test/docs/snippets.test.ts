import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { compileSnippets } from './compile.js';
import { inExampleDirectory, usePrograms } from './programs.js';
import { readSnippets, type Snippet } from './snippets.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const snippets = readSnippets(root);
const programs = usePrograms(root);

test('every TypeScript and JavaScript block says how it is tested', () => {
  const untested = snippets.filter(({ language, kind }) => /^[jt]s$/.test(language) && kind === undefined);
  expect(untested.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
});

test('every TypeScript block compiles', () => {
  const typed = snippets.filter(({ language }) => language === 'ts');
  expect(compileSnippets(root, typed)).toEqual([]);
}, 60_000);

test.each(ofKind('same as'))('$page:$line is the same as $detail', ({ detail, code }) => {
  expect(code).toBe(readFileSync(join(root, detail), 'utf8'));
});

test.each(ofKind('run'))('$page:$line runs', async (snippet) => {
  const { language } = snippet;
  const loader = language === 'ts' ? ['--import', import.meta.resolve('tsx')] : [];
  const program = [...loader, programs.write(snippet, `.m${language}`)];
  const { stdout } = await inExampleDirectory((directory) => programs.run(directory, program));
  const expected = outputOf(snippet);
  if (expected?.detail === 'in any order') expect(sortLines(stdout)).toEqual(sortLines(expected.code));
  else if (expected) expect(stdout).toBe(expected.code);
});

function ofKind(kind: Snippet['kind']): Snippet[] {
  return snippets.filter((snippet) => snippet.kind === kind);
}

/** What the page says that a program prints: the next block of output, if no other program comes before it. */
function outputOf(snippet: Snippet): Snippet | undefined {
  const rest = snippets.slice(snippets.indexOf(snippet) + 1);
  const next = rest.find(({ kind }) => kind !== undefined);
  return next?.kind === 'output' && next.page === snippet.page ? next : undefined;
}

function sortLines(text: string): string[] {
  return text.trim().split('\n').sort();
}
