import { describe, expect, test } from 'vitest';

import { eachChunk, markHanding } from '../../src/body/each-chunk.js';

const chunks = [1, 2, 3].map((byte) => Uint8Array.of(byte));

function bodyOf(iterate: () => AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: iterate };
}

async function taken(body: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  await eachChunk(body, (chunk) => void found.push(chunk));
  return found;
}

describe('each chunk', () => {
  const iterate = async function* () {
    yield* chunks;
  };
  markHanding(iterate, async (take) => {
    for (const chunk of chunks.toReversed()) await take(chunk);
  });

  test('is what is handed over, where somebody has said how', async () => {
    expect(await taken(bodyOf(iterate))).toEqual(chunks.toReversed());
  });

  test("is the iterator's otherwise, also if it was put in the place of another one", async () => {
    const body = bodyOf(iterate);
    const before = body[Symbol.asyncIterator].bind(body);
    Object.assign(body, {
      async *[Symbol.asyncIterator]() {
        for await (const chunk of { [Symbol.asyncIterator]: before }) yield Uint8Array.of(chunk[0]! * 10);
      },
    });
    expect(await taken(body)).toEqual([10, 20, 30].map((byte) => Uint8Array.of(byte)));
  });

  test('waits for whoever takes it, and the body is left if that fails', async () => {
    const wrong = new Error('wrong');
    let asked = 0;
    let isLeft = false;
    const body = bodyOf(async function* () {
      try {
        for (const chunk of chunks) {
          asked++;
          yield chunk;
        }
      } finally {
        isLeft = true;
      }
    });
    const each = eachChunk(body, async () => {
      await new Promise(setImmediate);
      if (asked === 2) throw wrong;
    });
    await expect(each).rejects.toBe(wrong);
    expect({ asked, isLeft }).toEqual({ asked: 2, isLeft: true });
  });
});
