import { createRequire } from 'node:module';

/**
 * Loads a module when it is first needed, so that importing this package stays cheap. It is `require()`, not
 * `import()`, which Jest does not offer in its default configuration.
 */
export function requireLater(id: string): unknown {
  return load()(id);
}

/** Whether there is such a module. */
export function canRequire(id: string): boolean {
  return pathOf(id) !== undefined;
}

const resolved = new Map<string, string | undefined>();

/** Whether anybody has loaded a module, this package or its host. Cheap: made for being asked often. */
export function isLoaded(id: string): boolean {
  if (!resolved.has(id)) resolved.set(id, pathOf(id));
  const path = resolved.get(id);
  return path !== undefined && load().cache[path] !== undefined;
}

/** The file of a native addon that was loaded, from what it exports; `undefined` if that cannot be told. */
export function loadedAddon(exported: unknown): string | undefined {
  if (exported === undefined) return undefined;
  for (const module of Object.values(load().cache))
    if (module?.exports === exported && module.filename.endsWith('.node')) return module.filename;
  return undefined;
}

function pathOf(id: string): string | undefined {
  try {
    return load().resolve(id);
  } catch {
    return undefined;
  }
}

let loaded: NodeJS.Require | undefined;

function load(): NodeJS.Require {
  const here = import.meta.url as string | undefined; // not in somebody's bundle in CommonJS
  return (loaded ??= createRequire(here ?? __filename));
}
