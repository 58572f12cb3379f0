import type { BenchmarkCase } from '../bench.js';
import { idleChannels } from './idle.js';
import { gzipObjects, javaScriptSource, rawFile, smallFiles, withoutKoffi } from './local.js';
import { peakMemory } from './memory.js';
import { recordIo } from './recordio.js';
import { s3LargeObject, s3SmallObjects } from './s3.js';
import { scaling } from './scaling.js';
import { startTimes } from './start.js';

/** In the order of the table. */
export const CASES: readonly BenchmarkCase[] = [
  rawFile,
  recordIo,
  smallFiles,
  gzipObjects,
  javaScriptSource,
  withoutKoffi,
  s3LargeObject,
  s3SmallObjects,
  startTimes,
  idleChannels,
  peakMemory,
  scaling,
];
