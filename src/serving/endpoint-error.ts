import { PipeModeError, type PipeModeErrorCode } from '../errors.js';
import type { Finding } from '../findings/finding.js';
import { printableLine } from '../printable.js';

/** What every copy of the package knows these errors by. */
const BRAND = Symbol.for('sagemaker-pipe-mode.EndpointError');

/** How many of the last lines a message has, and how much of each. */
const MOST_LINES = 10;
const LONGEST = 300;

/** What such an error knows. */
export interface EndpointErrorDetails {
  /** The `EndpointName`. */
  readonly endpointName: string;
  /** What `/ping` has come to the last time; `undefined` if nobody has asked. */
  readonly lastPing: string | undefined;
  /** The last lines that the server has written. */
  readonly lastLines: readonly string[];
  /** What was seen of it. */
  readonly findings: readonly Finding[];
}

/**
 * An endpoint whose server did not come up, or does not stay up. The message says what `/ping` answered last, and has the end
 * of the log and the findings. Its `code` is
 * - `ENDPOINT_FAILED`: the server has ended.
 * - `ENDPOINT_TIMED_OUT`: `/ping` has not answered 200 in time.
 */
export class EndpointError extends PipeModeError {
  /** Always `EndpointError`. */
  override readonly name = 'EndpointError';
  /** The `EndpointName`. */
  readonly endpointName: string;
  /** What `/ping` has come to the last time; `undefined` if nobody has asked. */
  readonly lastPing: string | undefined;
  // The message has these already: they are not to be printed twice.
  /** The last lines that the server has written: some twenty. */
  declare readonly lastLines: readonly string[];
  /** What was seen of it that would hurt in the cloud. */
  declare readonly findings: readonly Finding[];

  /** @hidden */
  constructor(code: PipeModeErrorCode, what: string, details: EndpointErrorDetails) {
    const { endpointName, lastPing, lastLines, findings } = details;
    const ping = lastPing === undefined ? [] : [`/ping the last time: ${lastPing}`];
    const lines =
      lastLines.length === 0
        ? ['It wrote nothing.']
        : ['The last lines of its log:', ...lastLines.slice(-MOST_LINES).map(indented)];
    const found = findings.map(({ id, seen }) => `  ${id}: ${seen}`);
    const list = found.length === 0 ? [] : ['Findings:', ...found];
    super(code, [`Endpoint "${endpointName}": ${what}`, ...ping, ...lines, ...list].join('\n'));
    this.endpointName = endpointName;
    this.lastPing = lastPing;
    Object.defineProperty(this, 'lastLines', { value: lastLines });
    Object.defineProperty(this, 'findings', { value: findings });
  }

  /** Whether a value is such an error, of whatever copy of the package, as for {@link PipeModeError}. */
  static override [Symbol.hasInstance](value: unknown): value is EndpointError {
    if (this !== EndpointError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}

function indented(line: string): string {
  const text = printableLine(line.replaceAll('\t', '    '));
  return `  ${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}`;
}
