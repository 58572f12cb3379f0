import { readFileSync } from 'node:fs';

import GithubSlugger from 'github-slugger';
import { type DefaultTheme, defineConfig } from 'vitepress';

import { linksOfRepository } from './links.js';
import { routeOf } from './routes.js';

/** Where the site will stand, from the root of its host: `/` or `/some/directory/`. */
const base = process.env['DOCS_BASE'] ?? '/';

const { name, description, repository } = readJson('package.json') as {
  name: string;
  description: string;
  repository?: { url: string };
};

// The pages are the Markdown files of the repository, where they are, so that links work on GitHub, in node_modules and
// here. `routes.ts` says what becomes of their paths.
export default defineConfig({
  title: name,
  description,
  base,
  lang: 'en-GB',
  srcDir: '..',
  srcExclude: ['{dist,src,test,coverage}/**'],
  rewrites: routeOf,
  head: [['link', { rel: 'icon', href: `${base}favicon.svg` }]],
  vite: { publicDir: 'docs/.vitepress/public' },
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-default' },
    // Headings have the same anchors as on GitHub.
    anchor: { slugify: (heading) => new GithubSlugger().slug(heading) },
    config: (md) => void md.use(linksOfRepository, repository?.url),
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: { level: [2, 3] },
    nav: [
      { text: 'Guides', link: '/guides' },
      { text: 'Errors', link: '/errors' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: [
      {
        text: 'Start',
        items: [
          { text: 'Getting started', link: '/' },
          { text: 'What Pipe mode is', link: '/pipe-mode' },
          { text: 'Examples', link: '/examples' },
        ],
      },
      {
        text: 'Guides',
        items: [
          { text: 'All guides', link: '/guides' },
          { text: 'Training jobs', link: '/training' },
          { text: 'A job as a process', link: '/process-runner' },
          { text: 'A job in a container', link: '/container-runner' },
          { text: 'Endpoints', link: '/serving' },
          { text: 'Batch transforms', link: '/transform' },
          { text: 'Testing an algorithm', link: '/testing' },
          { text: 'Testing with Vitest', link: '/vitest' },
          { text: 'Testing with Jest', link: '/jest' },
          { text: 'A harness of your own', link: '/harness' },
          { text: 'Reading channels', link: '/reader' },
          { text: 'Records of the built-in algorithms', link: '/recordio' },
          { text: 'Every way to feed a channel', link: '/sources' },
          { text: 'Shuffling and sharding', link: '/shuffle-and-shard' },
          { text: 'File and FastFile mode', link: '/file-modes' },
          { text: 'Data from S3', link: '/s3' },
          { text: 'Containers', link: '/containers' },
        ],
      },
      {
        text: 'Reference',
        items: [
          { text: 'The command', link: '/command' },
          { text: 'Errors', link: '/errors' },
          { text: 'Findings', link: '/findings' },
          { text: 'Changes', link: '/changelog' },
        ],
      },
      { text: 'API', items: [{ text: 'Overview', link: '/api/' }, ...apiSidebar()] },
      {
        text: 'Project',
        items: [
          { text: 'The benchmark', link: '/benchmark' },
          { text: 'Contributing', link: '/contributing' },
        ],
      },
    ],
  },
});

/** What TypeDoc has written: `npm run docs` runs it first. */
function apiSidebar(): DefaultTheme.SidebarItem[] {
  return readJson('docs/api/typedoc-sidebar.json') as DefaultTheme.SidebarItem[];
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
}
