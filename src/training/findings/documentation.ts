const GUIDE = 'https://docs.aws.amazon.com/sagemaker/latest/dg';

/** The pages of AWS's documentation that findings refer to. */
export const DOCUMENTATION = {
  container: `${GUIDE}/your-algorithms-training-algo-dockerfile.html`,
  outputs: `${GUIDE}/your-algorithms-training-algo-output.html`,
  inputs: `${GUIDE}/your-algorithms-training-algo-running-container.html`,
  stopping: 'https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTrainingJob.html',
  storage: `${GUIDE}/model-train-storage.html`,
  metrics: `${GUIDE}/define-train-metrics.html`,
} as const;
