import { posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { MarkdownEnv, MarkdownRenderer } from 'vitepress';

import { routeOf } from './routes.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Makes links between files of the repository links of the site. A file that is no page is in the repository only: its
 * link leads there, or is plain text as long as the repository has no address.
 */
export function linksOfRepository(md: MarkdownRenderer, repository: string | undefined): void {
  md.core.ruler.push('links-of-repository', ({ tokens, env }) => {
    const { path, realPath } = env as MarkdownEnv;
    const page = relative(root, realPath ?? path);
    for (const { children } of tokens) {
      let dropped = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const target = linkOnSite(page, token.attrGet('href') ?? '', repository);
          dropped = target === undefined;
          if (target !== undefined) token.attrSet('href', target);
        }
        if (dropped && token.type.startsWith('link_')) token.type = 'text';
      }
    }
  });
}

/**
 * Where a link of a page leads on the site, if it leads anywhere.
 *
 * @param page - The page's file, relative to the repository.
 */
export function linkOnSite(page: string, href: string, repository: string | undefined): string | undefined {
  if (/^([a-z]+:|#)/.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const file = posix.join('.', path.startsWith('/') ? '.' : posix.dirname(page), path);
  if (file.endsWith('.md')) return `/${routeOf(file)}${anchor === undefined ? '' : `#${anchor}`}`;
  return repository && `${repository.replace(/^git\+|\.git$/g, '')}/blob/HEAD/${file}`;
}
