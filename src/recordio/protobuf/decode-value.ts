import { BytesField, TensorField, ValueField } from './fields.js';
import { joined, MessageReader } from './message-reader.js';
import { bytesToFloats, type TypedValues } from './numbers.js';
import type { DecodedBytes, DecodedTensor, DecodedValue } from './record.js';

type ValueKind = keyof typeof ValueField;

const KINDS = new Map<number, ValueKind>(
  Object.entries(ValueField).map(([kind, field]) => [field, kind as ValueKind]),
);

/** Reads a `Value`: the last of the fields of which one is set, all of its pieces together. */
export function decodeValue(name: string, value: readonly Uint8Array[]): DecodedValue {
  const message = new MessageReader(name, value);
  let kind: ValueKind | undefined;
  let pieces: Uint8Array[] = [];
  for (let field = message.next(); field !== 0; field = message.next()) {
    const next = KINDS.get(field);
    if (next === undefined) {
      message.skip();
      continue;
    }
    if (next !== kind) pieces = [];
    kind = next;
    pieces.push(message.bytes());
  }
  if (kind === undefined) {
    const fields = [...KINDS].map(([field, each]) => `${each} (${field})`).join(', ');
    throw message.invalid(`should have one of ${fields}, and has ${message.skipped}`);
  }
  const inside = new MessageReader(name, pieces);
  return kind === 'bytes' ? decodeBytes(inside) : decodeTensor(inside, kind);
}

function decodeTensor(message: MessageReader, kind: Exclude<ValueKind, 'bytes'>): DecodedTensor {
  const numbers = kind === 'int32Tensor' ? new Integers() : new Floats(kind === 'float32Tensor' ? 4 : 8);
  const keys: number[] = [];
  const shape: number[] = [];
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === TensorField.values) numbers.read(message);
    else if (field === TensorField.keys) readIndices(message, 'a key', keys);
    else if (field === TensorField.shape) readIndices(message, 'a dimension', shape);
    else message.skip();
  }
  return {
    values: numbers.values(),
    ...(keys.length > 0 && { keys }),
    ...(shape.length > 0 && { shape }),
  };
}

/** So many pieces are joined: one that is not packed has four or eight bytes, and its view takes a hundred. */
const PIECES_OF_A_BLOCK = 1024;

class Floats {
  readonly #size: 4 | 8;
  readonly #blocks: Uint8Array[] = [];
  #pieces: Uint8Array[] = [];

  constructor(size: 4 | 8) {
    this.#size = size;
  }

  read(message: MessageReader): void {
    this.#pieces.push(message.fixed(this.#size));
    if (this.#pieces.length < PIECES_OF_A_BLOCK) return;
    this.#blocks.push(joined(this.#pieces));
    this.#pieces = [];
  }

  values(): TypedValues {
    return bytesToFloats(joined([...this.#blocks, ...this.#pieces]), this.#size);
  }
}

class Integers {
  readonly #values: number[] = [];

  read(message: MessageReader): void {
    message.varints((reader) => this.#values.push(reader.int32()));
  }

  values(): TypedValues {
    return Int32Array.from(this.#values);
  }
}

function readIndices(message: MessageReader, what: string, indices: number[]): void {
  message.varints((reader) => {
    const index = reader.uint64();
    const number = Number(index);
    if (!Number.isSafeInteger(number)) {
      throw message.invalid(`has ${what} of ${index}, and a number can hold integers up to 2^53 - 1`);
    }
    indices.push(number);
  });
}

function decodeBytes(message: MessageReader): DecodedBytes {
  const bytes: Uint8Array[] = [];
  let contentType: string | undefined;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === BytesField.value) bytes.push(new Uint8Array(message.bytes()));
    else if (field === BytesField.contentType) contentType = message.string();
    else message.skip();
  }
  return { bytes, ...(contentType !== undefined && { contentType }) };
}
