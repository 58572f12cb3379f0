import { sha256 } from '../../support/bytes.js';
import type { Problem } from '../problem.js';
import type { Reading } from '../readers/reading.js';
import type { ChannelRecord } from '../record.js';
import type { ChannelPlan } from '../scenario.js';
import type { Candidate } from './candidates.js';

/** What the readers got, and when they saw its end. */
export function checkReadings(
  plan: ChannelPlan,
  record: ChannelRecord,
  candidates: (epoch: number) => Candidate[],
): Problem[] {
  return record.readings.flatMap((reading) =>
    [
      ...checkBytes(reading, candidates(reading.epoch)),
      ...checkEnd(reading, record, candidates(reading.epoch)),
      ...checkNames(reading, plan, record),
    ].map(({ rule, detail }) => ({ rule, detail: `epoch ${reading.epoch}: ${detail}` })),
  );
}

function checkBytes(reading: Reading, candidates: Candidate[]): Problem[] {
  if (reading.failure !== undefined) return [{ rule: 'reader', detail: reading.failure }];
  if (reading.endedAt === 0n) return [];
  const { bytes } = reading;
  const isRight = candidates.some(({ stream }) => bytes <= stream.length && sha256(stream.subarray(0, bytes)) === reading.sha256); // prettier-ignore
  if (isRight) return [];
  // Only of the bytes before an object that something is wrong with it is known what they should be.
  const isKnown = candidates.every(({ certain }) => bytes <= certain);
  if (!isKnown) return [];
  const detail = `${bytes} bytes with the SHA-256 ${reading.sha256}, which are no beginning of the ${candidates.map(({ stream }) => `${stream.length}, ${sha256(stream)}`).join(' or ')}`; // prettier-ignore
  return [{ rule: 'bytes', detail }];
}

/** The end of the data is there after a complete epoch, or after somebody asked for it. */
function checkEnd(reading: Reading, record: ChannelRecord, candidates: Candidate[]): Problem[] {
  const problems: Problem[] = [];
  const ended = record.events.find((it) => it.name === 'epochEnd' && it.event.epoch === reading.epoch);
  const outcome = ended?.name === 'epochEnd' ? ended.event : undefined;
  const wasStopped = record.stopAskedAt !== undefined && reading.endedAt >= record.stopAskedAt;
  if (reading.eof && outcome?.outcome !== 'complete' && !wasStopped) {
    problems.push({ rule: 'end', detail: `the reader saw an end after ${reading.bytes} bytes, and the epoch was not complete` }); // prettier-ignore
  }
  if (reading.eof && outcome?.outcome === 'complete') {
    const isWhole = candidates.some(({ stream }) => stream.length === reading.bytes && sha256(stream) === reading.sha256); // prettier-ignore
    if (!isWhole) problems.push({ rule: 'complete', detail: `complete, but the reader got ${reading.bytes} bytes that are not what was to be sent` }); // prettier-ignore
  }
  if (reading.eof && outcome?.outcome === 'closedEarly') {
    problems.push({ rule: 'outcome', detail: `closedEarly, but the reader saw the end` });
  }
  return problems;
}

function checkNames(reading: Reading, plan: ChannelPlan, record: ChannelRecord): Problem[] {
  const problems: Problem[] = [];
  const { atFirstByte, again } = reading;
  const isLast = plan.epochs !== undefined && reading.epoch === plan.epochs - 1;
  if (
    atFirstByte?.next === false &&
    !isLast &&
    !(record.stopAskedAt !== undefined && record.stopAskedAt <= atFirstByte.at)
  ) {
    problems.push({ rule: 'next-fifo', detail: 'the next FIFO was not there when the first byte was' });
  }
  if (atFirstByte?.name === true) {
    problems.push({ rule: 'name-removed', detail: 'its FIFO still had its name after the first byte' });
  }
  if (again !== undefined && again >= 0) {
    const what = again > 0 ? `got ${again} bytes of it` : 'could open it';
    problems.push({
      rule: 'reopened',
      detail: `a reader that left after ${reading.bytes} bytes ${what} once more`,
    });
  }
  return problems;
}
