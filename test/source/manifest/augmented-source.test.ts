import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { augmentedManifestSource as builtSource, createChannel, PipeModeError } from 'sagemaker-pipe-mode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { augmentedManifestSource } from '../../../src/source/manifest/augmented-source.js';
import { memberText } from '../../../src/source/manifest/member-text.js';
import { noise, recordOf } from '../../support/bytes.js';
import { rejection } from '../../support/expected-errors.js';
import { readFifo } from '../../support/fifo-reader.js';
import { type S3Server, startS3Server } from '../../support/s3-server.js';
import { useScratch } from '../../support/scratch.js';
import { bytesOf, contextOf, readAll } from '../source-helpers.js';

const scratch = useScratch();

/** The values that one line is sent as. */
async function valuesOf(line: string, ...attributeNames: string[]): Promise<string[]> {
  writeFileSync(scratch.path('m'), line);
  const read = await readAll(augmentedManifestSource(scratch.path('m'), { attributeNames }));
  return read.map(({ bytes }) => bytes.toString());
}

// The examples of the developer guide: "Augmented Manifest Files for Training Jobs" and "… Format for Pipe Mode".
describe('the documented examples:', () => {
  const books =
    '{"author": "Herman Melville", "line": "Call me Ishmael", "book": "Moby Dick"}\n' +
    '{"line": "It was love at first sight.", "author": "Joseph Heller", "book": "Catch-22"}\n';

  test('["line", "book"] sends these, in this order, and ignores others wherever they stand', async () => {
    expect(await valuesOf(books, 'line', 'book')).toEqual([
      'Call me Ishmael',
      'Moby Dick',
      'It was love at first sight.',
      'Catch-22',
    ]);
  });

  test('the order is that of AttributeNames', async () => {
    expect(await valuesOf(books, 'book', 'line')).toEqual([
      'Moby Dick',
      'Call me Ishmael',
      'Catch-22',
      'It was love at first sight.',
    ]);
  });

  const images = (dir: string) =>
    `{"image-ref": "${dir}/sample01/image1.jpg", "is-a-cat": 1}\n{"image-ref": "${dir}/sample02/image2.jpg", "is-a-cat": 0}\n`;
  const image1 = noise(70_001, 1);
  const image2 = noise(3, 2);

  const stream = async (options: object) => {
    const dir = scratch.files({ 'sample01/image1.jpg': image1, 'sample02/image2.jpg': image2 });
    writeFileSync(`${dir}/train.manifest`, images(dir));
    await using channel = createChannel({
      name: 'train',
      source: builtSource(`${dir}/train.manifest`, { attributeNames: ['image-ref', 'is-a-cat'] }),
      dest: scratch.dest,
      epochs: 1,
      ...options,
    });
    await channel.start();
    const bytes = await readFifo(`${scratch.dest}/train_0`);
    await channel.finished();
    return bytes;
  };

  test('["image-ref", "is-a-cat"] with RecordIO is a record per image and per value', async () => {
    const records = [image1, Buffer.from('1'), image2, Buffer.from('0')].map(recordOf);
    expect((await stream({ recordio: true })).equals(Buffer.concat(records))).toBe(true);
  });

  test('without RecordIO, the image and the value are one after the other', async () => {
    expect(
      (await stream({})).equals(Buffer.concat([image1, Buffer.from('1'), image2, Buffer.from('0')])),
    ).toBe(true);
  });
});

describe('what a value is sent as:', () => {
  test.each<[string, string]>([
    ['1', '1'],
    ['1.0', '1.0'],
    ['-0.50e+3', '-0.50e+3'],
    ['12345678901234567890', '12345678901234567890'],
    ['true', 'true'],
    ['""', ''],
    ['"a\\nb\\u00e4"', 'a\nbä'],
    ['[1, [2, "]"]]', '[1, [2, "]"]]'],
    ['{"a": "}", "b" : [1]}', '{"a": "}", "b" : [1]}'],
  ])('%s', async (json, text) => {
    expect(await valuesOf(`{"x": "v", "y-ref": 5, "v" : ${json} , "z": {"v": 7}}`, 'v')).toEqual([text]);
  });

  test('the text of a member is what is parsed, whatever is around it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(4), (object, indent) => {
        const json = JSON.stringify(object, undefined, indent);
        for (const [name, value] of Object.entries(JSON.parse(json)))
          expect(JSON.parse(memberText(json, name))).toEqual(value);
      }),
    );
  });

  test('the last one of two with the same name counts, as in JSON', async () => {
    expect(await valuesOf('{"v": 1, "v": 2}', 'v')).toEqual(['2']);
  });
});

describe('lines:', () => {
  test('may end with CR LF, have no end, and be followed by blank ones', async () => {
    expect(await valuesOf('\ufeff{"v": 1}\r\n{"v": 2}\r\n\r\n \n', 'v')).toEqual(['1', '2']);
    expect(await valuesOf('{"v": 1}\n{"v": 2}', 'v')).toEqual(['1', '2']);
  });

  test('the index is the same, whatever ends them', async () => {
    writeFileSync(scratch.path('m'), '\ufeff{"v": 1}\r\n{"v": 22}\n{"v": 3}\n\n\n');
    const index = await augmentedManifestSource(scratch.path('m'), { attributeNames: ['v'] }).index!(
      contextOf(),
    );
    const values = [];
    for await (const page of index.read([2, 0, 1]))
      for (const it of page) values.push(String(await bytesOf(it)));
    expect(values).toEqual(['3', '1', '22']);
    expect(index.length).toBe(3);
    await index.close?.();
  });
});

describe('a line with something wrong gets its error, after the lines before it:', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['not JSON', '{"v": 1', 'line 3 is not JSON'],
    ['blank', '', 'line 3 is blank'],
    ['an array', '["v"]', 'line 3 is not a JSON object'],
    [
      'no attribute',
      '{"w": 1, "x": 2}',
      'line 3 has no attribute "v", which AttributeNames lists. Its attributes are "w", "x"',
    ],
    ['an inherited attribute', '{"__proto__": {"v": 1}}', 'line 3 has no attribute "v"'],
    ['null', '{"v": null}', 'line 3 has null for the attribute "v"'],
    ['not UTF-8', Buffer.from('{"v": "ä", "p-ref": "p"}', 'latin1'), 'line 3 is not UTF-8'],
    ['half a surrogate pair', '{"v": "\\ud800", "p-ref": "p"}', 'half of a surrogate pair'],
    ['a reference that is a number', '{"v": 1, "p-ref": 5}', 'line 3 has "5" for "p-ref"'],
    [
      'a reference over HTTP',
      '{"v": 1, "p-ref": "https://bucket/x"}',
      'line 3 has "https://bucket/x" for "p-ref"',
    ],
    [
      'a reference as an ARN',
      '{"v": 1, "p-ref": "arn:aws:s3:::bucket/x"}',
      'line 3 has a wrong URI for "p-ref": "arn:aws:s3:::bucket/x" is not an S3 URI. Use "s3://bucket/x"',
    ],
    ['a reference to a bucket', '{"v": 1, "p-ref": "s3://bucket/"}', 'names a bucket, and no object in it'],
    ['huge', `{"v": "${'x'.repeat(4 * 1024 * 1024)}"}`, 'line 3 has more than 4194304 bytes'],
  ])('%s', async (_name, line, text) => {
    const good = '{"v": 1, "p-ref": "p"}\n';
    scratch.files({
      p: 'p',
      m: Buffer.concat([Buffer.from(good + good), Buffer.from(line), Buffer.from(`\n${good}`)]),
    });
    const source = augmentedManifestSource(scratch.path('m'), { attributeNames: ['v', 'p-ref'] });
    await source.check!(contextOf());
    const keys: string[] = [];
    const error = await rejection(
      (async () => {
        for await (const { key } of source.objects(contextOf())) keys.push(key);
      })(),
    );
    expect(error.code).toBe('MANIFEST_ENTRY_INVALID');
    expect(error.message).toContain(scratch.path('m'));
    expect(error.message).toContain(text);
    expect(keys).toEqual(['m:1:v', scratch.path('p'), 'm:2:v', scratch.path('p')]);
  });

  test('a reference that points at nothing', async () => {
    scratch.files({ here: 'x', m: '{"a-ref": "here"}\n{"a-ref": "gone"}\n' });
    const error = await rejection(
      readAll(augmentedManifestSource(scratch.path('m'), { attributeNames: ['a-ref'] })),
    );
    expect(error.code).toBe('MANIFEST_OBJECT_MISSING');
    expect(error.message).toContain('line 2, "a-ref"');
    expect(error.path).toBe(scratch.path('gone'));
  });

  test('a file without any line end', async () => {
    writeFileSync(scratch.path('m'), Buffer.alloc(10_000_000, 0x20));
    const error = await rejection(
      readAll(augmentedManifestSource(scratch.path('m'), { attributeNames: ['v'] })),
    );
    expect(error.message).toContain('line 1 has more than');
  });

  test('a manifest that changes after it was indexed', async () => {
    writeFileSync(scratch.path('m'), '{"v": 1}\n{"v": 2}\n');
    const index = await augmentedManifestSource(scratch.path('m'), { attributeNames: ['v'] }).index!(
      contextOf(),
    );
    writeFileSync(scratch.path('m'), '{"v": 1}\n');
    const error = await rejection(
      (async () => {
        for await (const _ of index.read([1]));
      })(),
    );
    expect(error.code).toBe('SOURCE_SHRANK');
    await index.close?.();
  });
});

test.each([[undefined], [[]], ['v'], [['']], [[5]], [Array.from({ length: 17 }, (_, i) => `a${i}`)]])(
  'attributeNames %j is refused',
  async (attributeNames) => {
    const make = () => augmentedManifestSource('m', { attributeNames: attributeNames as string[] });
    expect((await rejection((async () => make())())).code).toBe('INVALID_OPTION');
  },
);

describe('in S3', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3Server();
    server.createBucket('bucket');
  });
  afterAll(() => server.stop());

  const channelOf = (lines: string[], attributeNames: string[], options: object = {}) => {
    server.put('bucket', 'm', lines.join('\n'));
    const source = builtSource('s3://bucket/m', { attributeNames, s3: server.clientConfig });
    return createChannel({ name: 'train', source, dest: scratch.dest, epochs: 1, ...options });
  };

  test('gunzip applies to what is pointed at only', async () => {
    server.put('bucket', 'a', gzipSync('inflated'));
    await using channel = channelOf(['{"a-ref": "s3://bucket/a", "v": "plain"}'], ['v', 'a-ref'], {
      gunzip: true,
      recordio: true,
    });
    await channel.start();
    const bytes = await readFifo(`${scratch.dest}/train_0`);
    expect(
      bytes.equals(Buffer.concat([recordOf(Buffer.from('plain')), recordOf(Buffer.from('inflated'))])),
    ).toBe(true);
    await channel.finished();
  });

  test('an object that is not there fails with its line', async () => {
    await using channel = channelOf(['{"v": 1, "a-ref": "s3://bucket/none"}'], ['v', 'a-ref']);
    await channel.start();
    const read = readFifo(`${scratch.dest}/train_0`);
    const error = await channel.finished().catch((it: unknown) => it as PipeModeError);
    expect(error).toBeInstanceOf(PipeModeError);
    expect(error).toMatchObject({ code: 'MANIFEST_OBJECT_MISSING', key: 'none', channel: 'train' });
    expect(error).toMatchObject({ message: expect.stringContaining('line 1, "a-ref"') });
    await channel.stop();
    await read;
  });

  test('objects are fetched at least ten at a time, and sent in order', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => {
      server.put('bucket', `part-${i}`, `<${i}>`);
      return `{"a-ref": "s3://bucket/part-${i}"}`;
    });
    let inFlight = 0;
    let most = 0;
    const clientConfig = server.clientConfig;
    const { S3Client } = await import('@aws-sdk/client-s3');
    const client = new S3Client(clientConfig);
    const send = client.send.bind(client) as (...args: unknown[]) => Promise<unknown>;
    client.send = (async (...args: unknown[]) => {
      most = Math.max(most, ++inFlight);
      try {
        return await send(...args);
      } finally {
        inFlight--;
      }
    }) as typeof client.send;
    server.put('bucket', 'm', lines.join('\n'));
    const source = builtSource('s3://bucket/m', { attributeNames: ['a-ref'], s3: client });
    await using channel = createChannel({ name: 'train', source, dest: scratch.dest, epochs: 1 });
    await channel.start();
    const bytes = await readFifo(`${scratch.dest}/train_0`);
    await channel.finished();
    client.destroy();
    expect(bytes.toString()).toBe(lines.map((_, i) => `<${i}>`).join(''));
    expect(most).toBeGreaterThanOrEqual(10);
  });
});
