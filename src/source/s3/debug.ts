import createDebug from 'debug';

export const debug = createDebug('sagemaker-pipe-mode:s3');
