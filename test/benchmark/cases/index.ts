import type { BenchmarkCase } from '../bench.js';
import { idleChannels } from './idle.js';
import { invocations } from './invocations.js';
import { javaScriptSource, mediumChunks, smallChunks, spillingChunks } from './chunks.js';
import {
  gzipObjects,
  manyFiles,
  oneGzipObject,
  rawFile,
  smallFiles,
  someFiles,
  withoutKoffi,
  withoutKoffiPinned,
} from './local.js';
import { jobLogs } from './job-logs.js';
import { jobPipe } from './job-pipe.js';
import { containerStart, jobStart } from './job-start.js';
import { jobsAtOnce } from './jobs-at-once.js';
import { heldMemory, peakMemory } from './memory.js';
import { modelArchive } from './model-archive.js';
import { recordIo } from './recordio.js';
import { s3LargeObject, s3ManifestObject, s3SmallObjects } from './s3.js';
import { scaling } from './scaling.js';
import { startTimes } from './start.js';

/** In the order of the table. */
export const CASES: readonly BenchmarkCase[] = [
  rawFile,
  someFiles,
  manyFiles,
  recordIo,
  smallFiles,
  gzipObjects,
  oneGzipObject,
  javaScriptSource,
  mediumChunks,
  smallChunks,
  spillingChunks,
  withoutKoffi,
  ...withoutKoffiPinned,
  s3LargeObject,
  s3ManifestObject,
  s3SmallObjects,
  startTimes,
  idleChannels,
  peakMemory,
  heldMemory,
  jobStart,
  containerStart,
  jobsAtOnce,
  jobPipe,
  jobLogs,
  modelArchive,
  invocations,
  scaling,
];
