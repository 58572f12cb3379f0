import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import GithubSlugger from 'github-slugger';

/**
 * The relative links of a page in Markdown, pictures included, that lead to no file, or to no heading in it.
 *
 * @param {string} root where the page and everything it may link to is: the repository, or the unpacked package
 * @param {string} page relative to `root`
 * @returns {string[]}
 */
export function deadLinks(root, page) {
  const links = [...readText(root, page).matchAll(/\]\((?![a-z]+:)([^)#]*)(?:#([^)]*))?\)/g)];
  return links
    .filter(([, path = '', anchor]) => !leadsSomewhere(root, page, path, anchor))
    .map(([link]) => `${page}: ${link}`);
}

/**
 * @param {string} root
 * @param {string} from
 * @param {string} path
 * @param {string | undefined} anchor
 */
function leadsSomewhere(root, from, path, anchor) {
  const target = path === '' ? from : join(dirname(from), path);
  // Above the root there is something on this machine, and nothing elsewhere.
  if (target.startsWith('..') || !existsSync(join(root, target))) return false;
  return anchor === undefined || anchors(root, target).has(anchor);
}

/**
 * As GitHub makes them of headings. The site does the same.
 *
 * @param {string} root
 * @param {string} page
 */
function anchors(root, page) {
  const slugger = new GithubSlugger();
  return new Set(
    [...readText(root, page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => slugger.slug(heading)),
  );
}

/**
 * Without blocks of code, in which nothing is a link or a heading.
 *
 * @param {string} root
 * @param {string} page
 */
function readText(root, page) {
  return readFileSync(join(root, page), 'utf8').replaceAll(/^```.*?^```$/gms, '');
}
