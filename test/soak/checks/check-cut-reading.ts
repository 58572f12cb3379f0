import { join } from 'node:path';

import { sha256 } from '../../support/bytes.js';
import { layOut } from '../material.js';
import type { Problem } from '../problem.js';
import type { Reading } from '../readers/reading.js';
import { newRecord } from '../record.js';
import type { Scenario } from '../scenario.js';
import type { World } from '../world.js';
import { type Candidate, candidatesOf } from './candidates.js';

/** What a reader got whose channel's thread was ended, and with it all that the channel could have told. */
export function checkCutReading(
  { channels, threadEnd }: Scenario,
  channel: string,
  reading: Reading,
  stopAskedAt: bigint | undefined,
  { dir, prefix, s3 }: World,
): Problem[] {
  const plan = channels.find(({ name }) => name === channel)!;
  // Nobody knows any more when it was changed.
  if (plan.fault?.kind === 'change' || plan.fault?.kind === 'newVersion' || reading.endedAt === 0n) return [];
  const again = join(dir, `${channel}-${reading.epoch}-again`);
  const material = layOut(plan, again, `${prefix}-${channel}`, { ...s3, put: () => {} });
  const [{ stream, certain, poison }] = candidatesOf(reading.epoch, plan, material, newRecord()) as [
    Candidate,
  ];
  const { bytes, eof, sha256: actual } = reading;
  const problems: Problem[] = [];
  const wrong = (rule: string, detail: string) =>
    problems.push({ rule, detail: `${channel}: epoch ${reading.epoch}: ${detail}` });
  if (bytes <= certain && (bytes > stream.length || sha256(stream.subarray(0, bytes)) !== actual))
    wrong(
      'bytes',
      `${bytes} bytes with the SHA-256 ${actual}, which are no beginning of the ${stream.length}`,
    );
  const wasStopped = stopAskedAt !== undefined && reading.endedAt >= stopAskedAt;
  const mayEnd = wasStopped || threadEnd?.how === 'terminate';
  if (eof && !mayEnd && (bytes !== stream.length || poison !== undefined))
    wrong(
      'end',
      `an end after ${bytes} of ${stream.length} bytes${poison ? `, in spite of "${poison}"` : ''}`,
    );
  return problems;
}
