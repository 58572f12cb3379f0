import type { EndpointStatus, GatewayStats, InstanceDescription } from 'sagemaker-pipe-mode/serving';

import { counted } from '../counted.js';
import { formatDuration, formatLatency } from './format.js';

/** What is known of an endpoint at a moment. */
export interface EndpointSituation {
  readonly status: EndpointStatus;
  readonly instances: readonly InstanceDescription[];
  readonly stats: GatewayStats;
  /** Since when it is watched, in milliseconds. */
  readonly sinceMs: number;
}

/** The live line: what matters most first, for a narrow terminal shows the beginning. */
export function endpointFooter({ status, instances, stats, sinceMs }: EndpointSituation): string {
  if (status === 'Creating') return `${status} · ${formatDuration(sinceMs)}`;
  const restarts = instances.reduce((sum, each) => sum + each.restarts, 0);
  return [
    status,
    counted(stats.requests, 'request'),
    counted(stats.errors, 'error'),
    ...latenciesOf(stats),
    `busy: ${instances.map(busyOf).join(', ')}`,
    ...(restarts === 0 ? [] : [counted(restarts, 'restart')]),
  ].join(' · ');
}

function latenciesOf({ lastMinute: { p50Ms, p95Ms, p99Ms } }: GatewayStats): string[] {
  if (p50Ms === undefined || p95Ms === undefined || p99Ms === undefined) return [];
  return [`p50 ${formatLatency(p50Ms)}, p95 ${formatLatency(p95Ms)}, p99 ${formatLatency(p99Ms)}`];
}

/** With how many invocations an instance is busy, or why it is not. */
function busyOf({ status, busy }: InstanceDescription): string {
  return status === 'InService' ? String(busy) : status.toLowerCase();
}
