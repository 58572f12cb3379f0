import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import {
  type CommonTransformJobOptions,
  type ServerCommandOptions,
  startTransformJob,
  type TransformJob,
  TransformJobError,
  type TransformRequest,
} from 'sagemaker-pipe-mode/serving';
import { expect } from 'vitest';

import { useServersLeft } from '../../serving/support/servers-left.js';
import { type Scratch, useScratch } from '../../support/scratch.js';
import { UPPER_CASE } from './servers.js';

type Options = CommonTransformJobOptions & Partial<ServerCommandOptions>;

/** What tests say of a request. */
export interface GivenRequest extends Omit<TransformRequest, 'TransformInput' | 'TransformOutput'> {
  /** Default: the objects of the test. */
  readonly uri?: string;
  readonly dataType?: string | undefined;
  readonly input?: Partial<NonNullable<TransformRequest['TransformInput']>>;
  readonly output?: Partial<NonNullable<TransformRequest['TransformOutput']>>;
}

/** How tests make transform jobs. */
export interface Transforms extends Scratch {
  /** What everything that a test starts has in its environment. */
  readonly mark: string;
  /** Where the objects are, and where the outputs go, unless the test says so. */
  readonly objects: string;
  readonly outputs: string;
  /** Writes objects, by their keys. */
  put(contents: Readonly<Record<string, string | Uint8Array>>): void;
  /** The request of a test, whole. */
  request(given: GivenRequest): TransformRequest;
  /** Starts a job with a server in Node. */
  start(given: GivenRequest, program?: string, options?: Options): TransformJob;
  /** All outputs, by their keys, and whatever else is there. */
  written(): Record<string, string>;
}

/** After each test nothing is left: descriptors, threads, processes, mounts, directories of servers. */
export function useTransforms(): Transforms {
  const mark = `TRANSFORM_TEST_${process.pid}_${Date.now()}`;
  const scratch = useScratch();
  const directories = useServersLeft(mark);
  const own: Omit<Transforms, keyof Scratch> = {
    mark,
    get objects() {
      return scratch.path('in');
    },
    get outputs() {
      return scratch.path('out');
    },
    put(contents: Readonly<Record<string, string | Uint8Array>>) {
      for (const [name, content] of Object.entries(contents)) {
        mkdirSync(dirname(scratch.path('in', name)), { recursive: true });
        writeFileSync(scratch.path('in', name), content);
      }
    },
    request({ uri, dataType, input, output, ...request }: GivenRequest): TransformRequest {
      const S3Uri = uri ?? scratch.path('in');
      return {
        TransformInput: { DataSource: { S3DataSource: { S3Uri, S3DataType: dataType as never } }, ...input },
        TransformOutput: { S3OutputPath: scratch.path('out'), ...output },
        ...request,
      };
    },
    start(given: GivenRequest, program = UPPER_CASE, options: Options = {}) {
      const job = startTransformJob(self.request(given), {
        command: [process.execPath, '-e', program, '--'],
        ...options,
        // A busy machine takes longer than the 250 ms of the service to hand a connection over.
        limits: { connectTimeoutMs: 10_000, pingTimeoutMs: 10_000, ...options.limits },
        env: { ...process.env, [mark]: 'yes', ...options.env },
      });
      directories.add(job.directory);
      return job;
    },
    written: () => filesBelow(scratch.path('out')),
  };
  const self = Object.create(scratch, Object.getOwnPropertyDescriptors(own)) as Transforms;
  return self;
}

/** Also those with hidden names. */
function filesBelow(directory: string): Record<string, string> {
  if (!existsSync(directory)) return {};
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(directory, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(directory, name), 'latin1')]));
}

/** The error that a job ends with. */
export async function failureOf(job: { finished(): Promise<unknown> }): Promise<TransformJobError> {
  const error: unknown = await job.finished().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TransformJobError);
  return error as TransformJobError;
}

/** What servers have written, line by line. */
export async function linesOf(job: TransformJob): Promise<string[]> {
  const lines: string[] = [];
  for await (const { text } of job.logs()) lines.push(text);
  return lines;
}
