import type { Channel } from 'sagemaker-pipe-mode';

import type { Pace } from './pace.js';

/** What a channel is doing, in words: above all, who is waiting for whom. */
export function activity(
  { name, state, epoch }: { name: string; state: Channel['state']; epoch: number },
  pace: Pace,
): string {
  switch (state) {
    case 'idle':
      return 'looking at the source';
    case 'waiting':
      return `waiting for a reader to open …/${name}_${epoch}`;
    case 'streaming':
      return streaming(pace);
    case 'finished':
      return 'finished';
    case 'stopped':
      return 'stopped';
    case 'failed':
      return 'failed; its FIFO is held open';
  }
}

function streaming({ isMoving, bottleneck }: Pace): string {
  if (!isMoving && bottleneck === 'reader') return 'waiting for the reader to read on';
  if (!isMoving && bottleneck === 'source') return 'waiting for the source';
  if (bottleneck === 'reader') return 'streaming, as fast as the reader reads';
  if (bottleneck === 'source') return 'streaming, as fast as the source delivers';
  return 'streaming';
}
