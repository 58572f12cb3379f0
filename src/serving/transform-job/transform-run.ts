import { forEachAtOnce } from '../../artifacts/for-each-at-once.js';
import { PipeModeError } from '../../errors.js';
import type { ResolvedTransformRequest } from '../../sagemaker/transform-request.js';
import type { SourceObject } from '../../source/source.js';
import type { Endpoint } from '../endpoint.js';
import { Asking } from './asking.js';
import { dataProcessingOf } from './data-processing/data-processing.js';
import type { ObjectTransformedEvent, TransformProgress } from './events.js';
import type { ExecutionParameters } from './execution-parameters.js';
import type { TransformInputSource } from './input-source.js';
import { objectFailure, type ObjectFailure, RequestFailure } from './object-failure.js';
import { ObjectTransform, type ObjectTransformOptions } from './object-transform.js';
import { outputKeyOf } from './output/output-key.js';
import { OutputFailure, type OutputStore } from './output/output-store.js';
import { Slots } from './slots.js';

const MEGABYTE = 1024 * 1024;

/** What an object cannot be blamed for. */
const OF_SERVERS = new Set(['ENDPOINT_FAILED', 'ENDPOINT_TIMED_OUT', 'ENDPOINT_STOPPED', 'WRITE_FAILED']);

/** What is kept of them. */
const MOST_FAILURES = 100;

/** What a run is made of. */
export interface TransformRunParts {
  readonly request: ResolvedTransformRequest;
  readonly endpoint: Endpoint;
  readonly parameters: ExecutionParameters;
  readonly input: TransformInputSource;
  readonly store: OutputStore;
  readonly maxAnswerBytes: number;
  readonly onProgress: () => void;
  readonly onObject: (event: ObjectTransformedEvent) => void;
  readonly onFailure: (failure: ObjectFailure) => void;
}

/** All objects of a job, several at a time. */
export class TransformRun {
  readonly #parts: TransformRunParts;
  readonly #atOnce: number;
  readonly #options: ObjectTransformOptions;
  readonly #failures: ObjectFailure[] = [];
  #objects = 0;
  #failedObjects = 0;
  #records = 0;
  #inputBytes = 0;
  #outputBytes = 0;
  #requests = 0;
  #retries = 0;

  constructor(parts: TransformRunParts) {
    this.#parts = parts;
    const { parameters, request, endpoint } = parts;
    const { MaxConcurrentTransforms: perInstance, MaxPayloadInMB: mb, BatchStrategy } = parameters;
    endpoint.limitBusy(perInstance);
    this.#atOnce = perInstance * request.TransformResources.InstanceCount;
    this.#options = {
      asking: this.#asking(),
      slots: new Slots(this.#atOnce),
      store: parts.store,
      transforms: parts.input.transforms,
      splitType: request.TransformInput.SplitType,
      isSingle: BatchStrategy === 'SingleRecord',
      mostBytes: mb === 0 ? undefined : mb * MEGABYTE,
      processing: dataProcessingOf({ ...request, BatchStrategy }),
      addsNewlines: request.TransformOutput.AssembleWith === 'Line',
      onAnswer: ({ records, objectBytes }) => {
        this.#records += records;
        this.#inputBytes += objectBytes;
        parts.onProgress();
      },
    };
  }

  get progress(): TransformProgress {
    return {
      objects: this.#objects,
      failedObjects: this.#failedObjects,
      records: this.#records,
      inputBytes: this.#inputBytes,
      outputBytes: this.#outputBytes,
      requests: this.#requests,
      retries: this.#retries,
    };
  }

  /** The first ones. */
  get failures(): readonly ObjectFailure[] {
    return this.#failures;
  }

  /**
   * Resolves when every object has an output, or has failed.
   *
   * @throws {@link PipeModeError} what the listing, the servers, or the outputs fail with; the signal's reason
   */
  async run(signal: AbortSignal): Promise<void> {
    const { source } = this.#parts.input;
    await forEachAtOnce(
      this.#atOnce,
      signal,
      (either) => source.objects({ epoch: 0, signal: either }),
      (object, either) => this.#transform(object, either),
    );
  }

  #asking(): Asking {
    const { request, endpoint, maxAnswerBytes } = this.#parts;
    const { InvocationsTimeoutInSeconds, InvocationsMaxRetries } = request.ModelClientConfig;
    return new Asking({
      endpoint,
      contentType: request.TransformInput.ContentType,
      accept: request.TransformOutput.Accept,
      timeoutSeconds: InvocationsTimeoutInSeconds,
      mostRetries: InvocationsMaxRetries,
      mostAnswerBytes: maxAnswerBytes,
      onRequest: (isRetry) => {
        this.#requests++;
        if (isRetry) this.#retries++;
      },
    });
  }

  /** A job goes on with the other objects if it fails to process one (Developer Guide, Troubleshooting). */
  async #transform(object: SourceObject, signal: AbortSignal): Promise<void> {
    const { onObject, onFailure, onProgress, store } = this.#parts;
    const { key } = object;
    try {
      const done = await new ObjectTransform(object, this.#options).run(signal);
      this.#objects++;
      this.#outputBytes += done.outputBytes;
      onObject({ key, output: store.locationOf(outputKeyOf(object)), ...done });
    } catch (error) {
      signal.throwIfAborted();
      throwIfDecisive(error);
      const failure = objectFailure(key, error);
      this.#failedObjects++;
      if (this.#failures.length < MOST_FAILURES) this.#failures.push(failure);
      onFailure(failure);
    }
    onProgress();
  }
}

/** What no other object would be spared. */
function throwIfDecisive(error: unknown): void {
  if (error instanceof OutputFailure) throw error.cause;
  const cause = error instanceof RequestFailure ? error.cause : error;
  if (cause instanceof PipeModeError && OF_SERVERS.has(cause.code)) throw cause;
}
