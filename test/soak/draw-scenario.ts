import { drawFault, type Setting } from './draw-fault.js';
import { drawMoment } from './draw-moment.js';
import { drawObjects } from './draw-objects.js';
import { drawReads } from './draw-reads.js';
import { Random } from './random.js';
import type { ChannelPlan, FaultPlan, Moment, Scenario, SourceKind, StopPlan } from './scenario.js';

const MIB = 1024 * 1024;

/** The scenario of a seed. */
export function drawScenario(seed: number): Scenario {
  const random = new Random(seed);
  const thread = random.chance(8) ? 'worker' : 'main';
  const isGroup = random.chance(10);
  const count = isGroup ? random.int(1, 4) : random.weighted([[60, 1], [25, 2], [15, random.int(3, 6)]]); // prettier-ignore
  return {
    seed,
    thread,
    threadEnd:
      thread === 'worker' && random.chance(50)
        ? { how: random.pick(['terminate', 'exit', 'throw']), afterMs: random.int(0, 60) }
        : undefined,
    isOnDisk: random.chance(20),
    isGroup,
    channels: random.times(count, (index) =>
      drawChannel(random, `c${index}`, { isGroup, isAlone: count === 1 && thread === 'main' }),
    ),
  };
}

const SOURCES: readonly (readonly [number, SourceKind])[] = [
  [8, 'file'],
  [22, 'directory'],
  [12, 'memory'],
  [14, 'functions'],
  [18, 'generator'],
  [12, 's3'],
  [4, 'manifest'],
  [4, 's3Manifest'],
  [6, 'augmented'],
];

function drawChannel(random: Random, name: string, { isGroup, isAlone }: Setting): ChannelPlan {
  const source = random.weighted(SOURCES);
  const hasFiles = source !== 'augmented' && random.chance(12);
  const inputMode: ChannelPlan['inputMode'] = hasFiles ? random.pick(['File', 'FastFile']) : 'Pipe';
  const gunzip = inputMode === 'Pipe' && random.chance(30);
  const recordio = inputMode === 'Pipe' && random.chance(35);
  const epochs = random.weighted([[4, 1], [4, 2], [2, 3], [2, undefined]]); // prettier-ignore
  const basis = {
    name,
    source,
    objects: drawObjects(random, source, inputMode),
    gunzip,
    own: random.chance(15),
    recordio,
    inputMode,
    epochs,
    zeroCopy: random.chance(65),
    prefetchBytes: random.pick([MIB, MIB, 4 * MIB, 64 * MIB]),
    shuffleSeed: random.chance(15) ? random.int(-1000, 1_000_000) : undefined,
    shard: random.chance(12) ? drawShard(random) : undefined,
    readerComesFirst: random.chance(15),
    watch: random.pick(['listener', 'finished', 'both'] as const),
  };
  // What a group's start() rejects with would be every one of its channels'.
  const mayFail = !isGroup || inputMode === 'Pipe';
  const fault = mayFail && random.chance(25) ? drawFault(random, basis, { isGroup, isAlone }) : undefined;
  const plan: ChannelPlan = {
    ...basis,
    reads: inputMode === 'Pipe' ? drawReads(random, basis) : [],
    fault,
    stop: random.chance(18) ? drawStop(random, isGroup) : undefined,
  };
  return fault?.kind === 'change' && random.chance(60) ? aimChange(random, plan, fault) : plan;
}

/** A change that comes after the pipe has taken what is changed, or while it takes it, and before it is read. */
function aimChange(random: Random, plan: ChannelPlan, fault: ChangeFault): ChannelPlan {
  const { object } = fault;
  const when: Moment = {
    at: random.pick(['epochStart', 'object', 'object', 'epochEnd']),
    count: 1,
    delayMs: random.pick([0, 0, 3]),
  };
  return {
    ...plan,
    // As many bytes as a pipe holds, or more, so that a part has been sent.
    objects: random.chance(50)
      ? plan.objects
      : plan.objects.map((it, at) => (at === object ? { ...it, bytes: 2_200_000 } : it)),
    gunzip: false,
    own: false,
    shuffleSeed: undefined,
    shard: undefined,
    stop: undefined,
    fault: { ...fault, when: when.at === 'object' ? { ...when, count: object + 1 } : when },
    reads: plan.reads.map((read) => ({
      ...read,
      leaveAfter: undefined,
      dies: false,
      pauseMs: random.int(10, 40),
    })),
  };
}

type ChangeFault = Extract<FaultPlan, { kind: 'change' }>;

function drawShard(random: Random): { index: number; count: number } {
  const count = random.int(1, 4);
  return { index: random.int(0, count - 1), count };
}

/** A group is stopped as a whole; its channels' signals are their own. */
function drawStop(random: Random, isGroup: boolean): StopPlan {
  return {
    how: random.pick(isGroup ? ['stop', 'dispose', 'twice'] : ['stop', 'abort', 'dispose', 'twice']),
    when: drawMoment(random),
  };
}
