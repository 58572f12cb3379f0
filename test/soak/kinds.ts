import type { ChannelPlan, FaultPlan, ReadPlan, Scenario } from './scenario.js';

/** What a channel's plan is in each respect: the combinations of these are what a run covers. */
export interface Traits {
  readonly thread: string;
  readonly company: 'alone' | 'several' | 'group';
  readonly mode: string;
  readonly source: string;
  readonly transform: string;
  readonly path: 'koffi' | 'no-koffi';
  readonly order: string;
  readonly fault: string;
  readonly stop: string;
  readonly readers: readonly string[];
}

/** The traits of each channel of a scenario. */
export function traitsOf({ thread, threadEnd, isGroup, channels }: Scenario): Traits[] {
  return channels.map((plan) => ({
    thread: threadEnd ? `thread:${threadEnd.how}` : thread,
    company: isGroup ? 'group' : channels.length > 1 ? 'several' : 'alone',
    mode: `mode:${plan.inputMode}`,
    source: `source:${plan.source}`,
    transform: `transform:${transformsOf(plan)}`,
    path: plan.zeroCopy ? 'koffi' : 'no-koffi',
    order: [plan.shuffleSeed !== undefined && 'shuffle', plan.shard && 'shard'].filter(Boolean).join('+') || 'in-order', // prettier-ignore
    fault: plan.fault ? `fault:${faultOf(plan.fault)}` : 'no-fault',
    stop: plan.stop ? `stop:${plan.stop.how}` : 'no-stop',
    readers: [...new Set(plan.reads.flatMap(kindsOfRead))],
  }));
}

/** What the summary counts scenarios by, and `--only` chooses from. */
export function kindsOf(scenario: Scenario): string[] {
  const kinds = traitsOf(scenario).flatMap(({ order, readers, ...rest }) => [
    scenario.thread,
    ...Object.values(rest),
    ...order.split('+'),
    ...readers,
  ]);
  return [...new Set(kinds)];
}

function transformsOf({ gunzip, own, recordio }: ChannelPlan): string {
  return [gunzip && 'gunzip', own && 'own', recordio && 'recordio'].filter(Boolean).join('+') || 'none';
}

function faultOf(fault: FaultPlan): string {
  if (fault.kind === 'change') return `change:${fault.how}`;
  if (fault.kind !== 'server') return fault.kind;
  return `server:${fault.fault}${fault.operation === 'ListObjectsV2' ? ':list' : ''}`;
}

function kindsOfRead(read: ReadPlan): string[] {
  return [
    `reader:${read.reader}`,
    ...(read.dies ? ['reader:dies'] : read.leaveAfter !== undefined ? ['reader:leaves'] : []),
    ...(read.nonblocking ? ['reader:nonblocking'] : []),
    ...(read.delayMs > 0 || read.pauseMs > 0 ? ['reader:slow'] : []),
    ...(read.lateMs > 0 ? ['reader:late'] : []),
  ];
}
