import type { Material } from '../material.js';
import type { Problem } from '../problem.js';
import type { ChannelRecord } from '../record.js';
import type { ChannelPlan } from '../scenario.js';
import { type Candidate, candidatesOf } from './candidates.js';
import { checkEvents } from './check-events.js';
import { checkFiles } from './check-files.js';
import { checkOutcome } from './check-outcome.js';
import { checkReadings } from './check-readings.js';

const MIB = 1024 * 1024;

/** Everything that was not as it should be with a channel. */
export function checkChannel(
  plan: ChannelPlan,
  dest: string,
  material: Material,
  record: ChannelRecord,
): Problem[] {
  const known = new Map<number, Candidate[]>();
  const candidates = (epoch: number) => {
    const found = known.get(epoch) ?? candidatesOf(epoch, plan, material, record);
    known.set(epoch, found);
    return found;
  };
  const problems = [
    ...record.problems,
    ...checkEvents(plan, dest, record, candidates),
    ...checkReadings(plan, record, candidates),
    ...(plan.inputMode === 'Pipe' ? [] : checkFiles(record, candidates(0))),
    ...checkOutcome(plan, record),
    ...checkMemory(plan, record),
  ];
  return problems.map(({ rule, detail }) => ({ rule, detail: `${plan.name}: ${detail}` }));
}

/** `prefetchBytes`, one chunk, and what a write in progress may hold. */
function checkMemory(
  { prefetchBytes, objects, gunzip, recordio, inputMode }: ChannelPlan,
  { mostHeld }: ChannelRecord,
): Problem[] {
  // prettier-ignore
  if (gunzip || recordio || inputMode !== 'Pipe') return []; // then what comes out is not what went in
  const chunk = Math.max(...objects.map(({ bytes, chunks }) => Math.min(bytes, Math.max(...chunks))));
  const limit = prefetchBytes + chunk + MIB;
  if (mostHeld <= limit) return [];
  return [{ rule: 'memory', detail: `${mostHeld} bytes were held, where ${prefetchBytes} and a chunk of ${chunk} may be` }]; // prettier-ignore
}
