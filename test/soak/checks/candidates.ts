import type { ExpectedObject, Material } from '../material.js';
import type { ChannelRecord } from '../record.js';
import type { ChannelPlan, FaultPlan } from '../scenario.js';

/** What an epoch may consist of: more than one thing only if its source was changed meanwhile. */
export interface Candidate {
  readonly objects: readonly ExpectedObject[];
  readonly stream: Buffer;
  /** Of how many of its bytes it is certain what they are: those before an object that something is wrong with. */
  readonly certain: number;
  /** Why the epoch must not be complete. */
  readonly poison?: string | undefined;
  /** How many of its objects may be reported as sent: those before the one for which it must not be complete. */
  readonly sendable: number;
}

/** All that an epoch may consist of, from what it was at first to what it was at last. */
export function candidatesOf(
  epoch: number,
  plan: ChannelPlan,
  material: Material,
  record: ChannelRecord,
): Candidate[] {
  const original = material.expected(epoch);
  const { fault } = plan;
  if (!fault || (fault.kind !== 'change' && fault.kind !== 'newVersion'))
    return [toCandidate(original, plan)];
  if (record.changeBeganAt === undefined || record.changedAt === undefined)
    return [toCandidate(original, { ...plan, fault: undefined })];
  const startedAt = record.events.find((it) => it.name === 'epochStart' && it.event.epoch === epoch)?.at;
  const sentAt = takenAt(record, epoch, original.find(({ object }) => object === fault.object)?.key);
  const mayBeOld = startedAt === undefined || plan.inputMode !== 'Pipe' || startedAt < record.changedAt;
  const mayBeNew = sentAt === undefined || sentAt > record.changeBeganAt;
  if (!mayBeNew) return [toCandidate(original, plan)];
  const { changedTo, changedVia } = record;
  const changed =
    changedTo === undefined
      ? [material.expected(epoch, fault.object)]
      : [...(mayBeOld ? changedVia : []), changedTo].map((to) =>
          changedObjects(original, fault.object, material, to),
        );
  const sendable = changed.filter((it) => it !== undefined);
  return [...(mayBeOld || sendable.length === 0 ? [original] : []), ...sendable].map((it) =>
    toCandidate(it, plan),
  );
}

/** When the channel said that it had sent the object, or the whole epoch. */
function takenAt(record: ChannelRecord, epoch: number, key: string | undefined): bigint | undefined {
  return record.events.find(
    (it) =>
      (it.name === 'object' && it.event.epoch === epoch && it.event.key === key) ||
      (it.name === 'epochEnd' && it.event.epoch === epoch),
  )?.at;
}

/** Nothing if what the object is now cannot be sent, as compressed data that is broken. */
function changedObjects(
  original: readonly ExpectedObject[],
  changed: number,
  material: Material,
  changedTo: Buffer,
): ExpectedObject[] | undefined {
  try {
    const bytes = material.sent(changedTo);
    return original.map((it) => (it.object === changed ? { ...it, bytes } : it));
  } catch {
    return undefined;
  }
}

function toCandidate(objects: readonly ExpectedObject[], plan: ChannelPlan): Candidate {
  const { fault } = plan;
  const stream = Buffer.concat(objects.map(({ bytes }) => bytes));
  const suspect = suspectOf(fault);
  const at = suspect === undefined ? -1 : objects.findIndex(({ object }) => object === suspect);
  if (at < 0) return { objects, stream, certain: Infinity, sendable: objects.length };
  const before = objects.slice(0, at).reduce((sum, { bytes }) => sum + bytes.length, 0);
  // What is sent of such an object before it ends is right.
  const endsEarly = ['throws', 'hangs', 'transformThrows', 'corruptGzip'].includes(fault!.kind);
  const poison = poisonOf(plan);
  const sendable = poison === undefined ? objects.length : at;
  return { objects, stream, certain: endsEarly ? Infinity : before, poison, sendable };
}

function suspectOf(fault: FaultPlan | undefined): number | undefined {
  return fault && fault.kind !== 'server' ? fault.object : undefined;
}

function poisonOf({ fault, own, gunzip }: ChannelPlan): string | undefined {
  switch (fault?.kind) {
    case 'throws':
    case 'hangs':
    case 'transformThrows':
    case 'corruptGzip':
      return fault.kind;
    case 'wrongSize':
      return own || gunzip ? undefined : fault.kind; // whose results have another size anyway
    default:
      return undefined;
  }
}
