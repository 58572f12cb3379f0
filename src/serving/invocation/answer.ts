import { ANSWER_HEADERS } from '../../sagemaker/invocation.js';
import type { AnswerBody } from '../http/answer-body.js';
import type { AnswerHead } from '../http/exchange.js';

/**
 * What a model has answered, as `InvokeEndpoint` gives it. Its body comes as it is read, once: by `json()`, `text()`, `bytes()`,
 * or piece by piece with `for await`. One that is longer than some 64 KiB and is not read holds its connection until the time
 * for the invocation is over.
 */
export class InvocationAnswer implements AsyncIterable<Uint8Array> {
  /** The status: 200 to 299. */
  readonly status: number;
  /** The kind of the body, `Content-Type`. */
  readonly contentType: string | undefined;
  /** `X-Amzn-SageMaker-Custom-Attributes`. */
  readonly customAttributes: string | undefined;
  /** The variant that has answered. */
  readonly invokedProductionVariant: string;
  /** The session that the server has opened, with when it ends: `ID; Expires=2026-01-31T12:00:00Z`. */
  readonly newSessionId: string | undefined;
  /** The session that the server has closed. */
  readonly closedSessionId: string | undefined;
  /** The instance that has answered: `instance-1` and so on. */
  readonly instance: string;
  /** All headers, by their names in lower case: also those that the service would not pass on. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly #body: AnswerBody;

  /** @internal */
  constructor(
    { status, headers }: AnswerHead,
    body: AnswerBody,
    where: { readonly variant: string; readonly instance: string },
  ) {
    this.status = status;
    this.headers = headers;
    this.contentType = textOf(headers[ANSWER_HEADERS.ContentType]);
    this.customAttributes = textOf(headers[ANSWER_HEADERS.CustomAttributes]);
    this.newSessionId = textOf(headers[ANSWER_HEADERS.NewSessionId]);
    this.closedSessionId = textOf(headers[ANSWER_HEADERS.ClosedSessionId]);
    this.invokedProductionVariant = where.variant;
    this.instance = where.instance;
    this.#body = body;
  }

  /**
   * All of the body.
   *
   * @throws {@link PipeModeError} `INVOCATION_FAILED`, `PAYLOAD_TOO_LARGE`, `ENDPOINT_STOPPED`, `INVALID_STATE` if it was
   * read already; {@link ModelError} `INVOCATION_TIMED_OUT`
   */
  async bytes(): Promise<Uint8Array> {
    return await this.#body.bytes();
  }

  /** All of it, as UTF-8. @throws as {@link InvocationAnswer.bytes} */
  async text(): Promise<string> {
    return (await this.#body.bytes()).toString();
  }

  /** What the JSON in it says. @throws as {@link InvocationAnswer.bytes}; `SyntaxError` for what is no JSON */
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  /** The body as it comes. Whoever leaves the loop closes the connection. @throws as {@link InvocationAnswer.bytes} */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#body[Symbol.asyncIterator]();
  }
}

/** A header that may have been sent several times. */
export function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
