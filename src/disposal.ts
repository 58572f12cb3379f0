/**
 * The symbols by which things are disposed of. The virtual machine contexts of test runners (Jest up to 29, Vitest's
 * `vmThreads`) do not have them on Node 20; what compilers make of `using` takes these then.
 */
const known: Partial<Pick<SymbolConstructor, 'dispose' | 'asyncDispose'>> = Symbol;

export const dispose: typeof Symbol.dispose = known.dispose ?? (Symbol.for('Symbol.dispose') as never);

export const asyncDispose: typeof Symbol.asyncDispose =
  known.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as never);
