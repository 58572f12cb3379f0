import { GUIDE } from '../../findings/guide.js';

const HOSTING = `${GUIDE}/your-algorithms-inference-code.html`;

/** The sections of Custom Inference Code with Hosting Services. Each was looked up, and says what the findings' rules say. */
export const DOCUMENTATION = {
  /** `serve`, the exec form of ENTRYPOINT, SIGTERM, and SIGKILL 30 seconds later. */
  container: `${HOSTING}#your-algorithms-inference-code-run-image`,
  /** /opt/ml/model, to which a container has read-only access. */
  model: `${HOSTING}#your-algorithms-inference-code-load-artifacts`,
  /** Port 8080, `/invocations`, 250 ms, 60 seconds. */
  requests: `${HOSTING}#your-algorithms-inference-code-container-response`,
  /** `/ping`: 200 when the container is ready, 2 seconds, 8 minutes. */
  ping: `${HOSTING}#your-algorithms-inference-algo-ping-requests`,
  /** What an invocation, its `Accept` and its answer are. */
  invocation: 'https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html',
} as const;
