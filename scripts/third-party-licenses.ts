import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Rolldown } from 'tsdown';

interface Package {
  name: string;
  version: string;
  license: string;
}

/** The folder of the package that a bundled module comes from, if it is not one of ours. */
function packageFolder(id: string): string | undefined {
  const segments = id.replaceAll('\0', '').split(sep);
  const at = segments.lastIndexOf('node_modules');
  if (at < 0) return undefined;
  const scoped = segments[at + 1]?.startsWith('@') === true;
  return segments.slice(0, at + (scoped ? 3 : 2)).join(sep);
}

function notice(folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Package;
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file === undefined ? undefined : readFileSync(join(folder, file), 'utf8').trim();
  // A package without a licence file: its README usually has the words, its package.json at least the name.
  return [`${name} ${version} (${license})`, text ?? `No licence file; package.json says ${license}.`].join(
    '\n\n',
  );
}

/** Writes the licences of the packages whose code is in the bundle beside it, which they ask for. */
export function thirdPartyLicenses(fileName: string): Rolldown.Plugin {
  return {
    name: 'third-party-licenses',
    generateBundle(_, bundle) {
      const folders = new Set<string>();
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        for (const id of chunk.moduleIds) {
          const folder = packageFolder(id);
          if (folder !== undefined) folders.add(folder);
        }
      }
      if (folders.size === 0) return;
      const notices = [...folders].sort().map(notice);
      const heading = 'This package contains code of the following packages.';
      this.emitFile({
        type: 'asset',
        fileName,
        source: `${[heading, ...notices].join(`\n\n${'-'.repeat(72)}\n\n`)}\n`,
      });
    },
  };
}
