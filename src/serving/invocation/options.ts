import { PipeModeError } from '../../errors.js';
import { checkInteger, checkSignal } from '../../options/checks.js';
import { describe } from '../../options/expected.js';
import { type Names, readOptions } from '../../options/read-options.js';
import { checkScalar } from '../../sagemaker/check-scalar.js';
import { INVOCATION_HEADERS } from '../../sagemaker/invocation.js';

/**
 * What goes with an invocation, as in `InvokeEndpoint` of AWS's runtime API. Each of the texts becomes a header, of printable
 * ASCII.
 */
export interface InvocationOptions {
  /** The kind of the body, `Content-Type`: at most 1,024 characters. Default: none. */
  readonly contentType?: string | undefined;
  /** The kind of answer that is wanted, `Accept`: at most 1,024 characters. Default: none. */
  readonly accept?: string | undefined;
  /** `X-Amzn-SageMaker-Custom-Attributes`: at most 1,024 characters. */
  readonly customAttributes?: string | undefined;
  /** `X-Amzn-SageMaker-Target-Model`: 1 to 1,024 characters. */
  readonly targetModel?: string | undefined;
  /** `X-Amzn-SageMaker-Target-Variant`: the endpoint's only variant, if it is given. */
  readonly targetVariant?: string | undefined;
  /** `X-Amzn-SageMaker-Target-Container-Hostname`: at most 63 characters. */
  readonly targetContainerHostname?: string | undefined;
  /** `X-Amzn-SageMaker-Inference-Id`: 1 to 64 characters. */
  readonly inferenceId?: string | undefined;
  /** `X-Amzn-SageMaker-Enable-Explanations`: 1 to 64 characters. */
  readonly enableExplanations?: string | undefined;
  /** `X-Amzn-SageMaker-Inference-Component`: at most 63 characters. */
  readonly inferenceComponentName?: string | undefined;
  /**
   * `X-Amzn-SageMaker-Session-Id`: `NEW_SESSION`, or the session that an answer has named; at most 256 characters. All
   * invocations of a session go to the same instance.
   */
  readonly sessionId?: string | undefined;
  /**
   * How long a body is whose length nobody knows, in bytes from 0 up. Without it such a body is sent in chunks, which not every
   * server reads; the service always says the length.
   */
  readonly contentLength?: number | undefined;
  /** Gives up. The connection is closed; whether the server has handled the invocation is not known then. */
  readonly signal?: AbortSignal | undefined;
}

/** What becomes of the options. */
export interface InvocationHead {
  /** Names and values. */
  readonly headers: readonly string[];
  readonly sessionId: string | undefined;
  readonly contentLength: number | undefined;
  readonly signal: AbortSignal | undefined;
}

const OPTIONS: Names<InvocationOptions> = {
  contentType: true,
  accept: true,
  customAttributes: true,
  targetModel: true,
  targetVariant: true,
  targetContainerHostname: true,
  inferenceId: true,
  enableExplanations: true,
  inferenceComponentName: true,
  sessionId: true,
  contentLength: true,
  signal: true,
};

/** Which option becomes which header. */
const HEADERS = new Map(
  Object.entries(INVOCATION_HEADERS).map(([member, header]) => [
    `${member[0]!.toLowerCase()}${member.slice(1)}`,
    header,
  ]),
);

/** What a header can have, whatever else AWS's model allows. */
const PRINTABLE = /^[\t\x20-\x7e]*$/;

/**
 * @param variant - the only one that there is
 * @throws {@link PipeModeError} `INVALID_OPTION`, `UNKNOWN_OPTION`, `INVALID_INVOCATION`
 */
export function readInvocation(given: InvocationOptions, variant: string): InvocationHead {
  const { contentLength, signal, ...texts } = readOptions(given, OPTIONS);
  if (contentLength !== undefined)
    checkInteger('contentLength', 'a number of bytes from 0 up', contentLength, 0);
  if (signal !== undefined) checkSignal(signal);
  const headers: string[] = [];
  for (const [option, value] of Object.entries(texts) as [string, string][]) {
    const { header, shape } = HEADERS.get(option)!;
    const rule = checkScalar(shape, value)?.rule ?? (PRINTABLE.test(value) ? undefined : 'printable ASCII');
    if (rule !== undefined) throw invalid(option, rule, value);
    headers.push(header, value);
  }
  const { targetVariant, sessionId } = texts;
  if (targetVariant !== undefined && targetVariant !== variant)
    throw invalid('targetVariant', `\`${variant}\`, the only variant of the endpoint`, targetVariant);
  return { headers, sessionId, contentLength, signal };
}

/** The value of a header, of a list of names and values. */
export function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2)
    if (headers[index] === name) return headers[index + 1];
  return undefined;
}

function invalid(option: string, rule: string, value: unknown): PipeModeError {
  const message = `Expected \`${option}\` to be ${rule}, got ${describe(value)}. The service refuses such an invocation.`;
  return new PipeModeError('INVALID_INVOCATION', message);
}
