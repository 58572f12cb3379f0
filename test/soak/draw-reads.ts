import type { Random } from './random.js';
import type { ChannelPlan, ReadPlan } from './scenario.js';

/** How the epochs of a channel are read. */
export function drawReads(
  random: Random,
  { epochs, objects }: Pick<ChannelPlan, 'epochs' | 'objects'>,
): ReadPlan[] {
  const total = objects.reduce((sum, { bytes }) => sum + bytes, 0);
  const favourite = random.pick(['process', 'same', undefined] as const);
  return random.times(epochs ?? random.int(1, 3), () =>
    drawRead(random, total, favourite ?? random.pick(['process', 'same'])),
  );
}

function drawRead(random: Random, total: number, reader: ReadPlan['reader']): ReadPlan {
  const leaves = random.chance(30);
  const isProcess = reader === 'process';
  return {
    reader,
    leaveAfter: leaves ? random.weighted([[2, 0], [2, 1], [6, random.int(0, total)]]) : undefined, // prettier-ignore
    dies: leaves && isProcess && random.chance(35),
    returns: leaves && random.chance(40),
    lateMs: random.chance(15) ? random.int(1, 20) : 0,
    pauseMs: random.chance(12) ? random.int(5, 40) : 0,
    delayMs: random.chance(15) ? random.int(1, 3) : 0,
    chunkBytes:
      isProcess && random.chance(20) ? Math.max(random.int(1, 5000), Math.ceil(total / 500)) : 65_536,
    nonblocking: isProcess && random.chance(30),
  };
}
