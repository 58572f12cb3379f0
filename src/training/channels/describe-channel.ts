import { counted } from '../../counted.js';
import type { ChannelStats } from '../../stats.js';

/** What a channel was doing, on one line. */
export function describeChannel(name: string, stats: ChannelStats): string {
  const sent = `${counted(stats.objects, 'object')}, ${counted(stats.bytes, 'byte')} sent`;
  return `${name}: ${doing(stats)}; ${sent}`;
}

function doing({ state, epoch, path, waitingFor, waitingMs, epochBytes }: ChannelStats): string {
  const waited = `for ${(waitingMs / 1000).toFixed(1)} s`;
  if (waitingFor === 'source') return `waited ${waited} for its source, in epoch ${epoch}`;
  switch (state) {
    case 'waiting':
      return `waited ${waited} for somebody to open ${fileName(path)} (epoch ${epoch})`;
    case 'streaming':
      return `waited ${waited} for the reader of ${fileName(path)} (epoch ${epoch}) to read on, after ${counted(epochBytes, 'byte')} of it`;
    case 'idle':
      return 'not started';
    default:
      return `${state}, in epoch ${epoch}`;
  }
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
