import type { ChannelStats } from 'sagemaker-pipe-mode';

import { formatRate, formatWait } from './format.js';
import type { Pace } from './pace.js';

/** What is known of a channel at a moment. */
export interface Situation {
  readonly stats: Pick<ChannelStats, 'state' | 'waitingFor' | 'waitingMs'>;
  readonly pace: Pace;
  /** Whether it is FIFOs, and no directory. */
  readonly hasFifos: boolean;
  readonly sourceName: string;
}

/** What a channel is doing, in words: above all, who is waiting for whom, and for how long. */
export function activity({ stats, pace, hasFifos, sourceName }: Situation): string {
  const { state, waitingFor, waitingMs } = stats;
  switch (state) {
    case 'idle':
      return 'not started';
    case 'waiting':
      return waitingFor === 'source'
        ? `listing${formatWait(waitingMs, ' for ')}: ${sourceName}`
        : `waiting${formatWait(waitingMs, ' ')} for a reader`;
    case 'streaming':
      return hasFifos ? streaming(pace, waitingMs) : `${rateOf(pace)}writing files`;
    case 'finished':
      return 'finished';
    case 'stopped':
      return 'stopped';
    case 'failed':
      return hasFifos ? 'failed; its FIFO is held open' : 'failed';
  }
}

function streaming(pace: Pace, waitingMs: number): string {
  const { isMoving, bottleneck } = pace;
  if (!isMoving && bottleneck === 'reader') return `reader has not read${formatWait(waitingMs, ' for ')}`;
  if (!isMoving && bottleneck === 'source') return `source has sent nothing${formatWait(waitingMs, ' for ')}`;
  return bottleneck ? `${rateOf(pace)}limited by the ${bottleneck}` : `${rateOf(pace)}streaming`;
}

function rateOf({ rate }: Pace): string {
  return rate === undefined ? '' : `${formatRate(rate)}, `;
}
