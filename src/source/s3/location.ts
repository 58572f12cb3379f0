/** What an `s3://` URI names: every key of a bucket that begins with a prefix. */
export interface S3Location {
  readonly bucket: string;
  /** What the keys begin with, literally: nothing is decoded, and no slash is implied. May be empty. */
  readonly prefix: string;
}

/** An object, whichever version of it. */
export interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
}

/** One version of an object, as it was listed, or as the first response of all has said. */
export interface ObjectVersion extends ObjectLocation {
  /** In bytes. */
  readonly size: number;
  /** What tells this version from a later one under the same key. */
  readonly etag: string | undefined;
  /** When it was written, if it was listed. */
  readonly modified?: Date | undefined;
}
