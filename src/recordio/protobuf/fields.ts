/**
 * The numbers of the fields in the messages of `aialgs.data`, which are all there is to know about them on the
 * wire. They are those of AWS's `record.proto`, of the page "Common data formats for training" in the SageMaker
 * Developer Guide and `src/sagemaker/amazon/record.proto` in aws/sagemaker-python-sdk.
 */
export const RecordField = { features: 1, label: 2, uid: 3, metadata: 4, configuration: 5 } as const;

/** Protobuf's own: an entry of a map is a message. */
export const EntryField = { key: 1, value: 2 } as const;

/** One of these is set. The gaps were left for other types of numbers. */
export const ValueField = { float32Tensor: 2, float64Tensor: 3, int32Tensor: 7, bytes: 9 } as const;

/** The same in all three tensors. */
export const TensorField = { values: 1, keys: 2, shape: 3 } as const;

/** Of the message `Bytes`. */
export const BytesField = { value: 1, contentType: 2 } as const;
