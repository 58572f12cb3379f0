// The process of `startS3ServerProcess`: serves until its parent disconnects.
import { startS3Server } from '../s3-server.js';
import type { ServerPlan } from './process.js';

const { bucket, objects, ...options } = JSON.parse(process.argv[2] ?? '') as ServerPlan;
const server = await startS3Server(options);
server.createBucket(bucket);
for (const { key, size, seed } of objects) server.putSynthetic(bucket, key, size, seed);
process.on('disconnect', () => void server.stop());
process.send?.(server.endpoint);
