import { join } from 'node:path';

import type { SeenEvent } from '../events.js';
import type { Problem } from '../problem.js';
import type { ChannelRecord } from '../record.js';
import type { ChannelPlan } from '../scenario.js';
import type { Candidate } from './candidates.js';

/** The order of the events, and what each of them says. */
export function checkEvents(
  plan: ChannelPlan,
  dest: string,
  { events }: ChannelRecord,
  candidates: (epoch: number) => Candidate[],
): Problem[] {
  const problems: Problem[] = [];
  const wrong = (detail: string) => problems.push({ rule: 'events', detail });
  let epoch = -1;
  let open: { keys: string[]; sizes: number[] } | undefined;
  let last: SeenEvent['name'] | undefined;
  for (const seen of events) {
    if (last === 'stop' || last === 'error') wrong(`${seen.name} after ${last}`);
    last = seen.name;
    if (seen.name === 'epochStart') {
      if (open) wrong(`epochStart ${seen.event.epoch} within epoch ${epoch}`);
      if (seen.event.epoch !== epoch + 1) wrong(`epochStart ${seen.event.epoch} after epoch ${epoch}`);
      if (seen.event.path !== pathOf(plan, dest, seen.event.epoch))
        wrong(`epochStart with path ${seen.event.path}`);
      epoch = seen.event.epoch;
      open = { keys: [], sizes: [] };
    } else if (seen.name === 'object') {
      if (!open || seen.event.epoch !== epoch) wrong(`object of epoch ${seen.event.epoch} in epoch ${epoch}`);
      open?.keys.push(seen.event.key);
      open?.sizes.push(seen.event.bytes);
    } else if (seen.name === 'epochEnd') {
      if (!open || seen.event.epoch !== epoch) wrong(`epochEnd ${seen.event.epoch} in epoch ${epoch}`);
      if (open) problems.push(...checkEpoch(plan, seen, open, candidates(epoch)));
      open = undefined;
    }
  }
  if (open && plan.inputMode === 'Pipe') problems.push(...checkObjects(epoch, open, candidates(epoch)));
  return problems;
}

function pathOf({ inputMode, name }: ChannelPlan, dest: string, epoch: number): string {
  return join(dest, inputMode === 'Pipe' ? `${name}_${epoch}` : name);
}

interface Objects {
  readonly keys: readonly string[];
  readonly sizes: readonly number[];
}

type EpochEnd = Extract<SeenEvent, { name: 'epochEnd' }>;

function checkEpoch(
  plan: ChannelPlan,
  { event }: EpochEnd,
  seen: Objects,
  candidates: Candidate[],
): Problem[] {
  const problems = plan.inputMode === 'Pipe' ? checkObjects(event.epoch, seen, candidates) : [];
  const wrong = (rule: string, detail: string) =>
    problems.push({ rule, detail: `epoch ${event.epoch}: ${detail}` });
  if (event.objects !== seen.keys.length)
    wrong('events', `${event.objects} objects, ${seen.keys.length} reported`);
  if (!(event.durationMs >= 0)) wrong('events', `durationMs ${event.durationMs}`);
  const lengths = candidates.map(({ stream }) => stream.length);
  if (event.outcome === 'complete') {
    if (!lengths.includes(event.bytes))
      wrong('complete', `complete with ${event.bytes} bytes of ${lengths.join(' or ')}`);
    if (!candidates.some(({ objects }) => objects.length === event.objects)) wrong('complete', `complete with ${event.objects} objects of ${candidates.map(({ objects }) => objects.length).join(' or ')}`); // prettier-ignore
    const poison = candidates.map((it) => it.poison);
    if (candidates.length > 0 && poison.every(Boolean))
      wrong('complete', `complete, in spite of "${poison[0]}"`);
  } else if (event.bytes > Math.max(...lengths, 0)) {
    wrong('events', `${event.bytes} bytes of ${lengths.join(' or ')}`);
  }
  return problems;
}

/** Those that were reported are a beginning of those that there are. */
function checkObjects(epoch: number, { keys, sizes }: Objects, candidates: Candidate[]): Problem[] {
  const fits = candidates.some(
    ({ objects, sendable }) =>
      keys.length <= sendable &&
      keys.every((key, at) => objects[at]?.key === key && objects[at].bytes.length === sizes[at]),
  );
  if (fits) return [];
  const { objects = [], sendable = 0 } = candidates.at(-1) ?? {};
  const at = keys.findIndex((key, i) => objects[i]?.key !== key || objects[i].bytes.length !== sizes[i]);
  if (at < 0) return [{ rule: 'events', detail: `epoch ${epoch}: ${keys.length} objects were sent, where only ${sendable} can be` }]; // prettier-ignore
  const expected = objects[at]
    ? `${JSON.stringify(objects[at].key)}, ${objects[at].bytes.length} bytes`
    : 'none';
  return [{ rule: 'events', detail: `epoch ${epoch}: object ${at} is ${JSON.stringify(keys[at])}, ${sizes[at]} bytes, instead of ${expected}` }]; // prettier-ignore
}
