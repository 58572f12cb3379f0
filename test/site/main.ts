// Visits every page of the site that `npm run docs` has built, in Chromium. Fails on links that lead nowhere, pages that
// no link leads to, what the browser complains about, pages wider than a phone, and text that is hard to read.
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { chromium, type Page } from 'playwright-core';

import { fileOf, serveSite } from './server.js';
import { listen, open, undisturbed, visit, type Visited } from './visit.js';

const directory = fileURLToPath(new URL('../../docs/.vitepress/dist/', import.meta.url));
const base = process.env['DOCS_BASE'] ?? '/';
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** One page alone leaves the browser waiting for us, and us for the browser. */
const PAGES_AT_ONCE = 3;

/** A page that has shown many others holds a gigabyte, and gets slow. */
const MOST_VISITS = 10;

/** Without what would ask hosts that there are not, and without what is not there in a container. */
const ARGS = ['--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'];

if (!existsSync(directory)) throw new Error('There is no site. Run `npm run docs` first.');
if (!existsSync(executablePath)) {
  throw new Error(`There is no ${executablePath}: apt-get install chromium, or set CHROMIUM to yours.`);
}

await using server = await serveSite(directory, base);
const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
const pages = files.filter((name) => name.endsWith('.html') && name !== '404.html');
const waiting = pages.map((name) => server.url + name.replace(/(^|\/)index\.html$/, '$1'));

const browser = await chromium.launch({ executablePath, chromiumSandbox: false, args: ARGS });
const phone = await browser.newContext({ reducedMotion: 'reduce', viewport: { width: 390, height: 844 } });
const desk = await browser.newContext({ reducedMotion: 'reduce', viewport: { width: 1280, height: 900 } });
const visited: Visited[] = [];
const measured = new Set<string>();
await Promise.all(
  Array.from({ length: PAGES_AT_ONCE }, async () => {
    while (waiting.length > 0) {
      const page = await phone.newPage();
      for (const url of waiting.splice(0, MOST_VISITS))
        visited.push(await visit(page, url, hasNewLook(url) ? '.VPDoc' : undefined));
      await page.close();
    }
  }),
);
const home = await visit(await desk.newPage(), server.url, 'body');
const search = await undisturbed(async () => await trySearch(await desk.newPage()));
const problems = [
  ...[...visited, home].flatMap(({ url, problems }) => problems.map((problem) => `${url}: ${problem}`)),
  ...visited.flatMap(deadLinks),
  ...unlinked().map((url) => `${url}: no link leads to it`),
  ...search.problems.map((problem) => `search: ${problem}`),
];
await browser.close();

console.log(`${visited.length} pages, ${visited.flatMap(({ links }) => links).length} links`);
if (visited.length === 0) problems.push('the site has no pages');
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

/** Whether it is not one more of the API's pages of a kind: those are made by one template, a folder a kind. */
function hasNewLook(url: string): boolean {
  const kind = /\/api\/.*?([^/]*)\/[^/]*$/.exec(new URL(url).pathname)?.[1] ?? url;
  if (measured.has(kind)) return false;
  measured.add(kind);
  return true;
}

function deadLinks({ url, links }: Visited): string[] {
  const inside = links.filter((link) => new URL(link).origin === new URL(server.url).origin);
  return inside.filter((link) => !leadsSomewhere(link)).map((link) => `${url}: dead link ${link}`);
}

function leadsSomewhere(link: string): boolean {
  const { pathname, hash } = new URL(link);
  if (fileOf(directory, base, pathname) === undefined) return false;
  const target = visited.find(({ url }) => new URL(url).pathname === pathname);
  return hash === '' || target?.ids.includes(decodeURIComponent(hash.slice(1))) === true;
}

/** Pages that nobody finds. */
function unlinked(): string[] {
  const linked = new Set(
    visited.flatMap(({ url, links }) => links.map(pathOf).filter((path) => path !== pathOf(url))),
  );
  return visited.map(({ url }) => url).filter((url) => !linked.has(pathOf(url)));
}

function pathOf(url: string): string {
  return new URL(url).pathname;
}

/** The search has to find a word, and the first result has to lead to a page. */
async function trySearch(page: Page): Promise<{ readonly problems: readonly string[] }> {
  const problems: string[] = [];
  listen(page, problems);
  try {
    await open(page, server.url);
    await page.locator('.VPNavBarSearch button').click();
    await page.locator('.VPLocalSearchBox input').fill('prefetchBytes');
    await page.locator('.VPLocalSearchBox .result').first().click();
    await page.waitForURL((url) => leadsSomewhere(url.href) && url.href !== server.url, { timeout: 30_000 });
  } catch (error) {
    problems.push(String(error));
  }
  return { problems };
}
