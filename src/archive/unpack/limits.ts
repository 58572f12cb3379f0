/** What an archive may become at most. */
export interface UnpackLimits {
  /** What its files may hold together, in bytes. Default: 64 GiB. */
  readonly maxBytes?: number | undefined;
  /** How many files, directories and links it may have. Default: a million. */
  readonly maxEntries?: number | undefined;
}

/** What they are called where a user sets them: nobody but endpoints bounds an archive. */
export const LIMIT_NAMES: { readonly [Name in keyof UnpackLimits]-?: string } = {
  maxBytes: 'limits.maxModelBytes',
  maxEntries: 'limits.maxModelEntries',
};

export const DEFAULT_LIMITS: Required<{ [Name in keyof UnpackLimits]: number }> = {
  maxBytes: 64 * 1024 ** 3,
  maxEntries: 1_000_000,
};
