// What the first use of the library costs a process that has just started.
// Usage: node fresh.mjs import|require SOURCE DEST
import { createRequire } from 'node:module';

const [how, source = '', dest = ''] = process.argv.slice(2);
const require = createRequire(import.meta.url);

const began = performance.now();
/** @type {typeof import('sagemaker-pipe-mode')} */
const { createChannel } =
  how === 'import' ? await import('sagemaker-pipe-mode') : require('sagemaker-pipe-mode');
const loaded = performance.now();
const channel = createChannel({ name: 'fresh', source, dest });
const made = performance.now();
await channel.start();
const started = performance.now();
const loadsSdk = Object.keys(require.cache).some((path) => path.includes('/@aws-sdk/client-s3/'));
console.log(JSON.stringify({ loadMs: loaded - began, startMs: started - made, loadsSdk }));
await channel.stop();
