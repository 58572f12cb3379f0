// The same chunks as ours, written as one would in Node. Usage: node pipeline.mjs CHUNKS_AS_JSON FIFO
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { chunksOf } from '../programs/chunks.mjs';

const [plan = '', fifo = ''] = process.argv.slice(2);
const chunks = chunksOf(JSON.parse(plan));
await pipeline(Readable.from(chunks(), { objectMode: false }), createWriteStream(fifo));
