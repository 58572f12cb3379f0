import { PipeModeError, type PipeModeErrorCode } from '../../errors.js';
import type { Ending } from '../../training/ending.js';
import { lastPart, part } from '../../training/failure-story.js';
import { AlgorithmError } from './algorithm-error.js';
import type { AlgorithmResult } from './result.js';

/** How many lines each part of a message may have. */
const MOST = { channels: 5, waits: 5 } as const;

/** What is known of an algorithm that has ended. */
export interface EndedAlgorithm {
  /** Its command, in quotation marks. */
  readonly name: string;
  /** `undefined` if it has ended by itself. */
  readonly ending: Ending | undefined;
  readonly result: AlgorithmResult;
  readonly lastLines: readonly string[];
  /** What its channels were doing. */
  readonly channels: readonly string[];
  /** What its processes were waiting for, if that was looked at. */
  readonly waits: readonly string[];
  readonly timeoutMs: number;
}

/** What `finished()` rejects with; `undefined` for an algorithm that has ended as it should. */
export function algorithmFailure(ended: EndedAlgorithm): AlgorithmError | undefined {
  const { ending, result } = ended;
  if (ending?.kind === 'stop' || ending?.kind === 'disposal') return undefined;
  if (ending === undefined && result.exitCode === 0) return undefined;
  const cause =
    ending?.kind === 'failure' ? ending.error : ending?.kind === 'abort' ? ending.reason : undefined;
  const message = [
    `${ended.name} ${whatHappened(ended)}`,
    ...lastPart('Its last lines:', ended.lastLines),
    ...part('Its channels then:', ended.channels, MOST.channels),
    ...part('Its processes then:', ended.waits, MOST.waits),
  ].join('\n');
  return new AlgorithmError(codeOf(ending), message, result, cause);
}

function codeOf(ending: Ending | undefined): PipeModeErrorCode {
  if (ending?.kind === 'abort') return 'ABORTED';
  return ending?.kind === 'timeout' ? 'ALGORITHM_TIMED_OUT' : 'ALGORITHM_FAILED';
}

function whatHappened({ ending, result: { exitCode, signal }, timeoutMs }: EndedAlgorithm): string {
  switch (ending?.kind) {
    case 'failure':
      return `was killed, because ${inWords(ending.error)}`;
    case 'abort':
      return 'was killed, because its signal was aborted.';
    case 'timeout':
      return `ran for longer than \`timeoutMs\`, ${timeoutMs.toLocaleString('en-US')}, and was killed.`;
    default:
      return signal === null ? `has failed with exit code ${exitCode}.` : `was ended by ${signal}.`;
  }
}

function inWords(error: Error): string {
  const channel = error instanceof PipeModeError ? error.channel : undefined;
  return channel === undefined ? error.message : `channel "${channel}" has failed: ${error.message}`;
}
