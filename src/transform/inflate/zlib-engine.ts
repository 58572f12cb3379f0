// Runs in threads of ours: everything here is synchronous.
import { constants, createGunzip } from 'node:zlib';

/** What inflates some bytes into room that it is given. After a step, `consumed` and `produced` say how much. */
export interface InflateEngine {
  readonly consumed: number;
  readonly produced: number;
  /** Goes on as far as input and room allow. Throws what zlib says, with its `code`; then the engine is of no use. */
  step(input: Uint8Array, output: Uint8Array, isLast: boolean): void;
  /** Begins another object. */
  reset(): void;
  close(): void;
}

/** What Node's streams do their work with. Not public: `openZlibEngine` finds out whether it is as expected. */
interface ZlibHandle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void;
  reset(): void;
  onerror: (message: string, errno: number, code: string) => void;
}

/** The least that a stream accepts: its own buffer is not used. */
const CHUNK_BYTES = 64;

/**
 * zlib without the streams around it, which allocate every chunk that they give: Node has no public interface that
 * inflates into given room. It goes over members, and passes zeros behind the last one, by itself.
 */
class ZlibEngine implements InflateEngine {
  readonly #stream = createGunzip({ chunkSize: CHUNK_BYTES });
  readonly #handle: ZlibHandle;
  /** What the last step left, in bytes: of the room, and of the input. */
  readonly #left: Uint32Array;
  #failure: Error | undefined;
  consumed = 0;
  produced = 0;

  constructor() {
    const { _handle: handle, _writeState: left } = this.#stream as unknown as {
      _handle: ZlibHandle;
      _writeState: Uint32Array;
    };
    this.#handle = handle;
    this.#left = left;
    handle.onerror = (message, errno, code) => {
      this.#failure = Object.assign(new Error(message), { errno, code });
    };
  }

  step(input: Uint8Array, output: Uint8Array, isLast: boolean): void {
    const flush = isLast ? constants.Z_FINISH : constants.Z_NO_FLUSH;
    this.#handle.writeSync(flush, input, 0, input.length, output, 0, output.length);
    if (this.#failure) throw this.#failure;
    this.consumed = input.length - this.#left[1]!;
    this.produced = output.length - this.#left[0]!;
  }

  reset(): void {
    this.#handle.reset();
  }

  close(): void {
    this.#stream.close();
  }
}

/** `gzip` of "a". */
const SAMPLE = Buffer.from('H4sIAAAAAAAAA0sEAEO+t+gBAAAA', 'base64');

let works: boolean | undefined;

/** An engine on Node's internals, or `undefined` where they are not what we know. */
export function openZlibEngine(): ZlibEngine | undefined {
  works ??= isAsExpected();
  return works ? new ZlibEngine() : undefined;
}

function isAsExpected(): boolean {
  try {
    const engine = new ZlibEngine();
    try {
      return inflatesSample(engine) && inflatesSample(engine) && refusesGarbage(engine);
    } finally {
      engine.close();
    }
  } catch {
    return false;
  }
}

/** In two steps, with a zero behind the sample, which is left. */
function inflatesSample(engine: ZlibEngine): boolean {
  const output = new Uint8Array(4);
  const steps = [
    { input: SAMPLE.subarray(0, 5), isLast: false, consumed: 5, produced: 0 },
    { input: Buffer.concat([SAMPLE.subarray(5), Buffer.alloc(1)]), isLast: true, consumed: 16, produced: 1 },
  ];
  engine.reset();
  return steps.every(({ input, isLast, consumed, produced }) => {
    engine.step(input, output, isLast);
    return engine.consumed === consumed && engine.produced === produced;
  });
}

function refusesGarbage(engine: ZlibEngine): boolean {
  engine.reset();
  try {
    engine.step(Buffer.from('no gzip'), new Uint8Array(4), true);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'Z_DATA_ERROR';
  }
}
