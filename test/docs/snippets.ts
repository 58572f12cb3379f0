import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What is done with a block of code in the documentation. It stands in a comment before the block:
 *
 * - `<!-- snippet: run -->`: compiled, and run by itself;
 * - `<!-- snippet: vitest -->`: compiled, and run by Vitest;
 * - `<!-- snippet: check -->`: compiled; `<!-- snippet: check, given: declare const x: X; -->` says what it needs to be;
 * - `<!-- snippet: same as PATH -->`: the same as that file;
 * - `<!-- snippet: output -->`: what the last block that is run prints, in any order of the lines.
 */
type SnippetKind = 'run' | 'vitest' | 'check' | 'same as' | 'output';

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

function snippetsOf(page: string, text: string): Snippet[] {
  const blocks =
    /(?:^<!-- snippet: (run|vitest|check|same as|output)(?:, given:)? ?(.*?) ?-->\n+)?^```(\w*)\n(.*?)^```$/gms;
  return [...text.matchAll(blocks)].map((match) => {
    const [whole, kind, detail = '', language = '', code = ''] = match;
    const fence = whole.lastIndexOf(`\`\`\`${language}\n${code}`);
    const line = text.slice(0, match.index + fence).split('\n').length + 1;
    return { page, line, language, kind: kind as SnippetKind | undefined, detail, code };
  });
}
