import { createRequire } from 'node:module';

/**
 * Loads a module when it is first needed, so that importing this package stays cheap. It is `require()`, not
 * `import()`, which Jest does not offer in its default configuration.
 */
export const requireLater = createRequire(import.meta.url);
