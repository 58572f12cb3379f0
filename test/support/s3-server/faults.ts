export type Operation =
  | 'CreateBucket'
  | 'PutObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'GetObject'
  | 'HeadObject'
  | 'DeleteObject'
  | 'ListObjectsV2';

/** What the server does instead of what it should. Bytes are those of the answer's body, not of the object. */
export type Fault =
  /** Answers with this status and error. */
  | { readonly kind: 'answer'; readonly status: number; readonly code: string }
  /** Resets the connection (RST) after so many bytes; before the headers if there are none. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Closes the connection in order (FIN) after so many of the bytes that were announced. */
  | { readonly kind: 'close'; readonly afterBytes: number }
  /** Announces only so many bytes and sends them. */
  | { readonly kind: 'short'; readonly bytes: number }
  /** Sends so many bytes in chunked encoding, with a regular end. */
  | { readonly kind: 'shortChunked'; readonly bytes: number }
  /** Sends so many bytes and then nothing, until the client goes. Headers are not sent if there are none. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Ignores `Range` and `If-Match`. */
  | { readonly kind: 'ignoreConditions' };

export interface FaultRule {
  /** Which requests; every one if it is left out. */
  readonly operation?: Operation;
  readonly key?: string;
  /** How many requests meet it. Default: 1. `Infinity` for all. */
  readonly times?: number;
  /** Without one, the request is carried out. */
  readonly fault?: Fault;
  /** Called when a request meets it, before it is carried out. */
  readonly then?: () => void;
}

/** The faults that are still to come. */
export class Faults {
  #rules: { readonly rule: FaultRule; left: number }[] = [];

  add(...rules: FaultRule[]): void {
    for (const rule of rules) this.#rules.push({ rule, left: rule.times ?? 1 });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The first fault that a request meets; it is used up by that. */
  take(operation: Operation, key: string | undefined): Fault | undefined {
    const found = this.#rules.find(
      ({ rule, left }) =>
        left > 0 &&
        (rule.operation === undefined || rule.operation === operation) &&
        (rule.key === undefined || rule.key === key),
    );
    if (!found) return undefined;
    found.left--;
    found.rule.then?.();
    return found.rule.fault;
  }
}
