import axe from 'axe-core';
import type { Page, Request } from 'playwright-core';

/** A page of the site, as a browser has it. */
export interface Visited {
  readonly url: string;
  /** The addresses that its links lead to, with their anchors. */
  readonly links: readonly string[];
  /** What anchors can lead to. */
  readonly ids: readonly string[];
  /** What is wrong with it, a line each. */
  readonly problems: readonly string[];
}

/** What Chromium says of what it loads when an interface of this machine comes or goes, as those of containers do. */
const INTERFACES_CHANGED = 'net::ERR_NETWORK_CHANGED';

/** How often to try what this happens to. */
const MOST_TRIES = 5;

/** Tries again what the machine has disturbed. */
export async function undisturbed<Seen extends { readonly problems: readonly string[] }>(
  look: () => Promise<Seen>,
): Promise<Seen> {
  for (let tries = 1; ; tries++) {
    const seen = await look();
    const isDisturbed = seen.problems.some((problem) => problem.includes(INTERFACES_CHANGED));
    if (!isDisturbed || tries === MOST_TRIES) return seen;
  }
}

/**
 * Visits a page on the screen that the browser shows.
 *
 * @param part - The part of the page in which contrasts are measured, in both colour schemes. What is around it is the same on
 *   every page. Without it none are measured: that takes most of the time.
 */
export async function visit(page: Page, url: string, part?: string): Promise<Visited> {
  return await undisturbed(() => visitOnce(page, url, part));
}

async function visitOnce(page: Page, url: string, part: string | undefined): Promise<Visited> {
  const problems: string[] = [];
  const stopListening = listen(page, problems);
  try {
    await open(page, url);
    problems.push(...(await overflow(page)));
    if (part !== undefined) problems.push(...(await badContrasts(page, part)));
    return { url, ...(await readDocument(page)), problems };
  } catch (error) {
    problems.push(String(error));
    return { url, links: [], ids: [], problems };
  } finally {
    stopListening();
  }
}

/** Resolves when the page's own program is at work. */
export async function open(page: Page, url: string): Promise<void> {
  await Promise.race([load(page, url), disturbance(page)]);
}

/** Rejects when something of a page has not come, which would be waited for in vain. */
async function disturbance(page: Page): Promise<never> {
  const isDisturbed = (request: Request) => request.failure()?.errorText === INTERFACES_CHANGED;
  await page.waitForEvent('requestfailed', { predicate: isDisturbed, timeout: 0 });
  throw new Error(INTERFACES_CHANGED);
}

async function load(page: Page, url: string): Promise<void> {
  await page.goto(url, { waitUntil: 'load' });
  await page.waitForFunction(`document.querySelector('#app')?.__vue_app__ !== undefined`);
  // A colour that is on its way to another one has a contrast of its own.
  await page.addStyleTag({ content: '*, ::before, ::after { transition: none !important; }' });
}

/** Notes what the browser complains about. */
export function listen(page: Page, problems: string[]): () => void {
  const listeners = {
    console: (message: { type(): string; text(): string }) => {
      if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
    },
    pageerror: (error: Error) => void problems.push(`uncaught: ${error.message}`),
    requestfailed: (request: { url(): string; failure(): { errorText: string } | null }) => {
      // What a page fetches ahead of the reader is given up when we leave the page.
      const reason = request.failure()?.errorText;
      if (reason !== 'net::ERR_ABORTED') problems.push(`request failed: ${request.url()} (${reason})`);
    },
    response: (response: { status(): number; url(): string }) => {
      if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
    },
  };
  page.on('console', listeners.console);
  page.on('pageerror', listeners.pageerror);
  page.on('requestfailed', listeners.requestfailed);
  page.on('response', listeners.response);
  return () => {
    page.off('console', listeners.console);
    page.off('pageerror', listeners.pageerror);
    page.off('requestfailed', listeners.requestfailed);
    page.off('response', listeners.response);
  };
}

async function readDocument(page: Page): Promise<{ links: string[]; ids: string[] }> {
  // In the browser, whose types this project does not have.
  return await page.evaluate(`({
    links: [...document.querySelectorAll('a[href]')].map((link) => link.href),
    ids: [...document.querySelectorAll('[id]')].map((element) => element.id),
  })`);
}

/** What makes the page wider than the screen. Tables and code may scroll by themselves. */
async function overflow(page: Page): Promise<string[]> {
  return await page.evaluate(`(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth ? [\`\${scrollWidth} px wide on a screen of \${clientWidth}\`] : [];
  })()`);
}

async function badContrasts(page: Page, part: string): Promise<string[]> {
  const problems: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.waitForFunction(`document.documentElement.matches('.dark') === ${colorScheme === 'dark'}`);
    problems.push(...(await badContrast(page, part)).map((text) => `${colorScheme}: ${text}`));
  }
  return problems;
}

async function badContrast(page: Page, part: string): Promise<string[]> {
  return await page.evaluate(`(async () => {
    if (!globalThis.axe) { ${axe.source} }
    const { violations } = await axe.run('${part}', { runOnly: ['color-contrast'], resultTypes: ['violations'] });
    return violations.flatMap(({ nodes }) => nodes).map(({ target, any }) => \`\${target.join(' ')}: \${any[0]?.message}\`);
  })()`);
}
