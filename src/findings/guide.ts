/** AWS's Developer Guide, whose pages findings refer to. */
export const GUIDE = 'https://docs.aws.amazon.com/sagemaker/latest/dg';
