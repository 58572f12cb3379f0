/** The page of the site that is made of a Markdown file of the repository: `guides.md` of `docs/README.md`. */
export function routeOf(file: string): string {
  switch (file) {
    case 'README.md':
      return 'index.md';
    case 'docs/README.md':
      return 'guides.md';
    case 'examples/README.md':
      return 'examples.md';
    case 'CHANGELOG.md':
    case 'CONTRIBUTING.md':
      return file.toLowerCase();
    default:
      return file.replace(/^docs\//, '');
  }
}
