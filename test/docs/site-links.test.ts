import { expect, test } from 'vitest';

import { linkOnSite } from '../../docs/.vitepress/links.js';

const repository = 'git+https://example.com/somebody/something.git';

test.each([
  { from: 'README.md', to: 'docs/errors.md#aborted', is: '/errors.md#aborted' },
  { from: 'README.md', to: 'docs/README.md', is: '/guides.md' },
  { from: 'docs/errors.md', to: 'harness.md', is: '/harness.md' },
  { from: 'docs/errors.md', to: '../examples/README.md', is: '/examples.md' },
  { from: 'docs/api/index.md', to: '/docs/errors.md', is: '/errors.md' },
  { from: 'docs/errors.md', to: '#aborted', is: '#aborted' },
  { from: 'docs/errors.md', to: 'https://example.com/', is: 'https://example.com/' },
  {
    from: 'docs/harness.md',
    to: '../LICENSE',
    is: 'https://example.com/somebody/something/blob/HEAD/LICENSE',
  },
])('a link from $from to $to leads to $is', ({ from, to, is }) => {
  expect(linkOnSite(from, to, repository)).toBe(is);
});

test('a link to a file that is no page is none while the repository has no address', () => {
  expect(linkOnSite('README.md', 'LICENSE', undefined)).toBeUndefined();
});
