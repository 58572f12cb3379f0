// The objects of a bucket into a FIFO with the SDK, one GetObject after the other.
// Usage: node get-objects.mjs CLIENT_CONFIG_AS_JSON BUCKET FIFO
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';

const [config = '', Bucket = '', fifo = ''] = process.argv.slice(2);
const client = new S3Client(JSON.parse(config));
const keys = [];
for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
  keys.push(...Contents.map(({ Key }) => Key));
}
const out = createWriteStream(fifo);
for (const Key of keys) {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  const body = /** @type {import('node:stream').Readable} */ (Body);
  await pipeline(body, out, { end: false });
}
out.end();
client.destroy();
