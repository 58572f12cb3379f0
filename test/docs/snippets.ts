import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What is done with a block of code in the documentation. It stands in a comment before the block:
 *
 * - `<!-- snippet: run -->`: compiled, and run by itself; a block of JavaScript by Node alone;
 * - `<!-- snippet: vitest -->`: compiled, and run by Vitest;
 * - `<!-- snippet: vitest setup -->`: compiled, and a setup file of Vitest for those;
 * - `<!-- snippet: check -->`: compiled; `<!-- snippet: check, given: declare const x: X; -->` says what it needs to be;
 * - `<!-- snippet: same as PATH -->`: the same as that file;
 * - `<!-- snippet: output -->`: what the last block that is run prints; `<!-- snippet: output, in any order -->` if the
 *   order of the lines is not always the same.
 *
 * An `@example` of TSDoc has no such comment. It is a program, which is run by itself, or by Vitest if it imports a `test`
 * from there; if it imports something else from there, it is a setup file.
 */
type SnippetKind = 'run' | 'vitest' | 'vitest setup' | 'check' | 'same as' | 'output';

/** A block of code. */
export interface Snippet {
  /** The page, relative to the repository. */
  readonly page: string;
  /** The line in the page at which the code begins, from 1. */
  readonly line: number;
  readonly language: string;
  readonly kind: SnippetKind | undefined;
  /** What follows the kind in the comment. */
  readonly detail: string;
  readonly code: string;
}

/** All blocks of code in the README and the guides. */
export function readSnippets(root: string): Snippet[] {
  const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const pages = ['README.md', ...guides.sort().map((name) => `docs/${name}`)];
  return pages.flatMap((page) => snippetsOf(page, readFileSync(join(root, page), 'utf8')));
}

/** The block of code of every `@example` in the sources. */
export function readExamples(root: string): Snippet[] {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const pages = names.filter((name) => name.endsWith('.ts')).map((name) => `src/${name}`);
  return pages.sort().flatMap((page) => examplesOf(page, readFileSync(join(root, page), 'utf8')));
}

/** An example without a block, or with two, is one without a kind. */
function examplesOf(page: string, text: string): Snippet[] {
  const examples = /^ *\* @example\b.*?(?=^ *\* @|\*\/$)/gms;
  return [...text.matchAll(examples)].map(({ 0: example, index }) => {
    const comment = example.replaceAll(/^ *\* ?/gm, '');
    const blocks = [...comment.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
    const [, language = '', code = ''] = blocks.length === 1 ? blocks[0]! : [];
    const line = `${text.slice(0, index)}${comment.slice(0, comment.indexOf(code))}`.split('\n').length;
    return { page, line, language, kind: code === '' ? undefined : kindOf(code), detail: '', code };
  });
}

function kindOf(code: string): SnippetKind {
  const imported = /^import \{(.*)\} from 'vitest';/m.exec(code)?.[1];
  if (imported === undefined) return 'run';
  return /\btest\b/.test(imported) ? 'vitest' : 'vitest setup';
}

function snippetsOf(page: string, text: string): Snippet[] {
  const blocks =
    /(?:^<!-- snippet: (run|vitest setup|vitest|check|same as|output)(?:, given:|,)? ?(.*?) ?-->\n+)?^```(\w*)\n(.*?)^```$/gms;
  return [...text.matchAll(blocks)].map((match) => {
    const [whole, kind, detail = '', language = '', code = ''] = match;
    const fence = whole.lastIndexOf(`\`\`\`${language}\n${code}`);
    const line = text.slice(0, match.index + fence).split('\n').length + 1;
    return { page, line, language, kind: kind as SnippetKind | undefined, detail, code };
  });
}
