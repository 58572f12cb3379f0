import { LateTimer } from '../abort/late-timer.js';
import { payloadTooLarge, pingTimedOut } from './serving-errors.js';
import { Exchange } from './http/exchange.js';

/** What a GET may take. */
interface GetLimits {
  /** How long the answer may be, in bytes. */
  readonly mostBytes: number;
  /** How long the server has to answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** A GET, such as `/ping`, which has to be answered in time. */
export class GetExchange extends Exchange {
  readonly #path: string;
  readonly #timeoutMs: number;
  #sentAt = 0;
  #timer: LateTimer | undefined;

  constructor(path: string, { mostBytes, timeoutMs }: GetLimits) {
    super(mostBytes);
    this.#path = path;
    this.#timeoutMs = timeoutMs;
  }

  /** For how long the server has had it, in milliseconds: of one that was sent. */
  get ms(): number {
    return performance.now() - this.#sentAt;
  }

  /** It has another time to accept the connection, and what it takes us to get there is not its own. */
  protected override onSent(): void {
    this.#sentAt = performance.now();
    this.#timer = new LateTimer(this.#timeoutMs, () => this.abort(pingTimedOut(this.#timeoutMs)));
  }

  protected override onOver(): void {
    this.#timer?.cancel();
  }

  protected override tooLong(): Error {
    return payloadTooLarge(`The answer to ${this.#path}`, this.mostBytes);
  }

  protected override broken(error: Error): Error {
    return error;
  }
}
