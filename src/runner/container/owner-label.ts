/** The label of everything that is made on an engine: which process of which machine it belongs to. */
export const OWNER = 'sagemaker-pipe-mode.owner';
