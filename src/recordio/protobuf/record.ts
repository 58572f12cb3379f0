/**
 * The numbers of a tensor: `Float32Array`, `Float64Array` and `Int32Array` decide its type. Plain numbers
 * become 32-bit floats, the type that SageMaker's built-in algorithms work with.
 */
export type TensorValues = readonly number[] | Float32Array | Float64Array | Int32Array;

/** Places or dimensions: integers from 0 to 2^53 - 1. */
export type TensorIndices = readonly number[] | Uint32Array | Int32Array | Float64Array;

/** A tensor to encode: dense, or sparse if there are `keys`. */
export interface TensorInput {
  /** All numbers of a dense tensor, or those of a sparse one that `keys` have a place for. */
  readonly values: TensorValues;
  /**
   * Where in the flattened tensor each of the `values` is, from 0. It makes the tensor sparse, and asks for
   * `shape`.
   *
   * @defaultValue the tensor is dense
   */
  readonly keys?: TensorIndices | undefined;
  /**
   * The dimensions, the slowest first: `[10, 20]` is 10 rows of 20 numbers. For a sparse vector, its length.
   *
   * @defaultValue a vector of all `values`
   */
  readonly shape?: TensorIndices | undefined;
}

/** Bytes to encode, such as an image. The format has them; SageMaker says that algorithms may not take them. */
export interface BytesInput {
  /** One piece of data, or several. */
  readonly bytes: Uint8Array | readonly Uint8Array[];
  /** The media type, such as `image/png`. */
  readonly contentType?: string | undefined;
}

/** What a feature or a label can be: a number, a dense vector, a tensor with a shape or keys, or bytes. */
export type ValueInput = number | TensorValues | TensorInput | BytesInput;

/**
 * What to encode.
 *
 * `features` and `label` are either one value, which gets the name `values`, as the built-in algorithms want
 * it, or an object of several values by their names.
 */
export interface RecordInput {
  /** The features: one value, or several by their names. */
  readonly features?: ValueInput | Readonly<Record<string, ValueInput>> | undefined;
  /** The label: one value, or several by their names. */
  readonly label?: ValueInput | Readonly<Record<string, ValueInput>> | undefined;
  /** Identifies the record in its data set. The built-in algorithms do not use it. */
  readonly uid?: string | undefined;
  /** A description of the record. The built-in algorithms do not use it. */
  readonly metadata?: string | undefined;
  /** JSON with settings for this record, for algorithms that take any. It is passed on as it is. */
  readonly configuration?: string | undefined;
}

/** A tensor that was decoded: dense, or sparse if there are `keys`. Its type is that of `values`. */
export interface DecodedTensor {
  /** The numbers: a `Float32Tensor`, a `Float64Tensor` or an `Int32Tensor`. */
  readonly values: Float32Array | Float64Array | Int32Array;
  /** Where in the flattened tensor each of the `values` is. Absent if there are none: the tensor is dense. */
  readonly keys?: number[];
  /** The dimensions, the slowest first. Absent if there are none: the tensor is a vector. */
  readonly shape?: number[];
}

/** Bytes that were decoded. */
export interface DecodedBytes {
  /** The pieces of data; mostly there is one. */
  readonly bytes: Uint8Array[];
  /** The media type, if the record has one. */
  readonly contentType?: string;
}

/** A feature or a label: a tensor has `values`, bytes have `bytes`. */
export type DecodedValue = DecodedTensor | DecodedBytes;

/**
 * A record that was decoded. It can be encoded again as it is.
 *
 * `features` and `label` have no prototype, so that no name in the data can be taken for a method.
 */
export interface DecodedRecord {
  /** The features by their names; the built-in algorithms have one, called `values`. */
  readonly features: Record<string, DecodedValue>;
  /** The labels by their names; the built-in algorithms have one, called `values`. */
  readonly label: Record<string, DecodedValue>;
  /** What identifies the record in its data set, if the record has it. */
  readonly uid?: string;
  /** A description of the record, if the record has it. */
  readonly metadata?: string;
  /** JSON with settings for this record, if the record has it. */
  readonly configuration?: string;
}
