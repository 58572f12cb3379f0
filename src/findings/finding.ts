/** What passed here, or went wrong here, and would hurt in the cloud. */
export interface Finding {
  /** Stable, and made for programs. */
  readonly id: FindingId;
  /** What was seen: a sentence. */
  readonly seen: string;
  /** What the service does, or asks for, that it goes against. */
  readonly rule: string;
  /** Where that is documented: a URL. */
  readonly documentation: string;
}

/** Every kind of finding, of training jobs and of endpoints. */
export type FindingId =
  | 'exit-0-with-failure-file'
  | 'no-failure-file'
  | 'failure-file-too-long'
  | 'empty-model'
  | 'sigterm-ignored'
  | 'sigterm-not-passed-on'
  | 'stalled'
  | 'channel-never-opened'
  | 'channel-never-read'
  | 'epoch-not-read'
  | 'epoch-left-early'
  | 'epoch-opened-again'
  | 'epoch-opened-out-of-order'
  | 'fifo-read-by-several'
  | 'gave-up-waiting'
  | 'hyperparameter-is-a-string'
  | 'unknown-host'
  | 'localhost-between-hosts'
  | 'metric-never-matched'
  | 'metric-too-slow'
  | 'input-written'
  | 'not-collected'
  | 'children-left-behind'
  | 'no-ping'
  | 'ping-slow'
  | 'ping-before-ready'
  | 'no-invocations'
  | 'listens-on-localhost'
  | 'body-not-read'
  | 'accept-ignored'
  | 'error-with-status-200'
  | 'model-written'
  | 'dies-on-empty-body'
  | 'dies-on-large-body'
  | 'requests-queue';
