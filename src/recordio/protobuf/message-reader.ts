import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { PipeModeError, reasonOf } from '../../errors.js';

const WIRE_TYPES = ['varint', '64 bits', 'bytes with a length', 'group', 'end of a group', '32 bits'];

/** How many of the fields that nobody knows are remembered for a message: random bytes may have a million. */
const MOST_SHOWN = 8;

/**
 * One message on the wire. A message that comes in several pieces is the same as the pieces joined: that is how
 * protobuf merges.
 */
export class MessageReader {
  readonly #reader: BinaryReader;
  readonly #bytes: Uint8Array;
  /** What error messages call it. */
  readonly #name: string;
  readonly #skipped = new Set<number>();
  #field = 0;
  #wireType: WireType = WireType.Varint;

  constructor(name: string, pieces: readonly Uint8Array[]) {
    this.#name = name;
    this.#bytes = pieces.length === 1 ? pieces[0]! : joined(pieces);
    this.#reader = new BinaryReader(this.#bytes);
  }

  /** The fields that were skipped, for error messages: `field 7, 8`, or `nothing`. */
  get skipped(): string {
    const fields = [...this.#skipped];
    const shown = fields.slice(0, MOST_SHOWN).join(', ');
    return fields.length === 0 ? 'nothing' : `field ${shown}${fields.length > MOST_SHOWN ? ', …' : ''}`;
  }

  /** Goes to the next field and returns its number, or 0 after the last one. */
  next(): number {
    if (this.#reader.pos >= this.#bytes.length) return 0;
    [this.#field, this.#wireType] = this.#try(() => this.#reader.tag());
    return this.#field;
  }

  /** Bytes or a message: a view. */
  bytes(): Uint8Array {
    this.#expect(WireType.LengthDelimited);
    return this.#try(() => this.#reader.bytes());
  }

  /** A string, which has to be UTF-8. */
  string(): string {
    this.#expect(WireType.LengthDelimited);
    return this.#try(() => this.#reader.string(true));
  }

  /** Varints, packed or a single one: every reader has to take both. `read` gets one, and is called for each. */
  varints(read: (reader: BinaryReader) => void): void {
    if (this.#wireType === WireType.Varint) {
      this.#try(() => read(this.#reader));
      return;
    }
    const packed = this.bytes();
    const reader = new BinaryReader(packed);
    this.#try(() => {
      while (reader.pos < packed.length) read(reader);
    });
  }

  /** Numbers of `size` bytes, packed or a single one: a view. */
  fixed(size: 4 | 8): Uint8Array {
    const single = size === 4 ? WireType.Bit32 : WireType.Bit64;
    if (this.#wireType === single) return this.#try(() => this.#reader.skip(single));
    const packed = this.bytes();
    if (packed.length % size === 0) return packed;
    throw this.invalid(`field ${this.#field} has ${packed.length} bytes, which is no multiple of ${size}`);
  }

  /** Leaves out a field that is not known. */
  skip(): void {
    if (this.#skipped.size <= MOST_SHOWN) this.#skipped.add(this.#field);
    this.#try(() => this.#reader.skip(this.#wireType, this.#field));
  }

  /** An error about this message. */
  invalid(problem: string, cause?: unknown): PipeModeError {
    return new PipeModeError(
      'RECORDIO_PROTOBUF_INVALID',
      `This is not an aialgs.data.Record, the protobuf of application/x-recordio-protobuf: ${this.#name}, ` +
        `${this.#bytes.length} bytes long, ${problem}. Is the data in that format, and complete?`,
      cause === undefined ? {} : { cause },
    );
  }

  #expect(wireType: WireType): void {
    if (this.#wireType === wireType) return;
    const [wanted, actual] = [WIRE_TYPES[wireType], WIRE_TYPES[this.#wireType]];
    throw this.invalid(`should have ${wanted} in field ${this.#field}, and has ${actual}`);
  }

  #try<T>(read: () => T): T {
    const at = this.#reader.pos;
    try {
      return read();
    } catch (cause) {
      if (cause instanceof PipeModeError) throw cause;
      const reason = reasonOf(cause);
      throw this.invalid(`cannot be read at byte ${at} (${reason})`, cause);
    }
  }
}

/** Pieces of memory in one, which is nobody else's. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
