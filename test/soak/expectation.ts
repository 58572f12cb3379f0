// What has to come out, computed by other means than the library's: nothing of `src/` is used here.
import { createHash } from 'node:crypto';
import { gzipSync, gunzipSync } from 'node:zlib';

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

import { noise } from '../support/bytes.js';
import type { ChannelPlan, ObjectPlan } from './scenario.js';

/** What an object is stored as: the bytes that the source has. */
export function storedBytes(object: ObjectPlan, { gunzip }: Pick<ChannelPlan, 'gunzip'>): Buffer {
  const plain = noise(object.bytes, object.seed);
  if (!gunzip) return plain;
  const length = Math.ceil(plain.length / Math.max(object.members, 1));
  const members = Array.from({ length: object.members }, (_, index) =>
    gzipSync(plain.subarray(index * length, (index + 1) * length), { level: 1 }),
  );
  return Buffer.concat(members);
}

/** What a stored object is sent as. */
export function sentBytes(
  stored: Buffer,
  { gunzip, own, recordio }: Pick<ChannelPlan, 'gunzip' | 'own' | 'recordio'>,
): Buffer {
  const inflated = gunzip && stored.length > 0 ? gunzipSync(stored) : stored;
  const transformed = own ? invert(inflated) : inflated;
  return recordio ? frame(transformed) : transformed;
}

/** What the transform of the user's makes of an object: see `invertTransform`. */
function invert(bytes: Buffer): Buffer {
  const inverted = Buffer.alloc(bytes.length + 3);
  for (let at = 0; at < bytes.length; at++) inverted[at] = bytes[at]! ^ 0xff;
  inverted.write('end', bytes.length);
  return inverted;
}

function frame(payload: Buffer): Buffer {
  const framed = Buffer.alloc(8 + Math.ceil(payload.length / 4) * 4);
  framed.writeUInt32LE(0xced7230a, 0);
  framed.writeUInt32LE(payload.length, 4);
  payload.copy(framed, 8);
  return framed;
}

/** The positions of the entries that an epoch has, in order: shuffled, and of these one host's share. */
export function entriesOf(
  count: number,
  epoch: number,
  { shuffleSeed, shard }: Pick<ChannelPlan, 'shuffleSeed' | 'shard'>,
): number[] {
  const order =
    shuffleSeed === undefined
      ? Array.from({ length: count }, (_, i) => i)
      : shuffledOrder(count, shuffleSeed, epoch);
  return shard ? order.filter((_, position) => position % shard.count === shard.index) : order;
}

/** As docs/shuffle-and-shard.md describes it. */
function shuffledOrder(count: number, seed: number, epoch: number): number[] {
  const digest = createHash('sha256').update(`${seed}/${epoch}`).digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)));
  const order: number[] = [];
  for (let next = 0; next < count; next++) {
    const place = uniformInt(generator, 0, next);
    order.push(next);
    [order[next], order[place]] = [order[place]!, order[next]!];
  }
  return order;
}
