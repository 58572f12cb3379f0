import { GUIDE } from '../../findings/guide.js';

const INPUTS = `${GUIDE}/your-algorithms-training-algo-running-container.html`;
/** Of the sections of that page. */
const SECTION = '#your-algorithms-training-algo-running-container';

/** The pages that findings refer to. Each was looked up, and says what the findings' rules say. */
export const DOCUMENTATION = {
  /** How Amazon SageMaker AI Runs Your Training Image: `train`, the exec form of ENTRYPOINT, `docker stop -t 120`. */
  container: `${GUIDE}/your-algorithms-training-algo-dockerfile.html`,
  /** How Amazon SageMaker AI Provides Training Information: the files, variables and channels of a job. */
  inputs: INPUTS,
  hyperparameters: `${INPUTS}${SECTION}-hyperparameters`,
  trainingData: `${INPUTS}${SECTION}-trainingdata`,
  hosts: `${INPUTS}${SECTION}-dist-training`,
  /** How Amazon SageMaker AI Signals Algorithm Success and Failure: the exit code, and nothing else. */
  exitCode: `${GUIDE}/your-algorithms-training-signal-success-failure.html`,
  /** How Amazon SageMaker AI Processes Training Output: the model, the output, the failure file. */
  outputs: `${GUIDE}/your-algorithms-training-algo-output.html`,
  /** The default paths for training storage locations: which of them are written to S3, and when. */
  storage: `${GUIDE}/model-train-storage-env-var-summary.html`,
  /** Define Training Metrics: an expression, and what its group captures. */
  metrics: `${GUIDE}/define-train-metrics.html`,
  /** Linux: with the first process of a PID namespace, such as a container's, all others end. */
  processes: 'https://man7.org/linux/man-pages/man7/pid_namespaces.7.html',
  /** Linux: what opening a FIFO waits for. */
  fifo: 'https://man7.org/linux/man-pages/man7/fifo.7.html',
} as const;
