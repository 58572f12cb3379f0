import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import {
  augmentedManifestSource,
  type ChannelOptions,
  manifestSource,
  type Source,
  type Transform,
} from 'sagemaker-pipe-mode';

import { entriesOf, sentBytes, storedBytes } from './expectation.js';
import { bodyOf, type Ledger } from './generators.js';
import type { ChannelPlan, FaultPlan } from './scenario.js';
import type { S3Place } from './world.js';

/** An object as it has to arrive. */
export interface ExpectedObject {
  readonly key: string;
  readonly bytes: Buffer;
  /** Which of the plan's objects it is; none for a value of a manifest. */
  readonly object?: number | undefined;
  /** Where File mode puts it. */
  readonly path: string;
}

/** The data of a channel, laid out, and what has to come of it. */
export interface Material {
  readonly options: Pick<ChannelOptions, 'source' | 's3'>;
  readonly transforms: readonly Transform[];
  readonly stored: readonly Buffer[];
  /** Where the objects are, for those of files. */
  readonly paths: readonly string[];
  /** The keys in the server's bucket. */
  readonly s3Keys: readonly string[];
  readonly ledger: Ledger;
  /**
   * The objects of an epoch, in order.
   *
   * @param without - one of the plan's objects that is not there any more
   */
  expected(epoch: number, without?: number): ExpectedObject[];
  /** What an object would be sent as if this were stored instead. */
  sent(stored: Buffer): Buffer;
}

export const BUCKET = 'soak';

const OLD = 1_700_000_000;

/** Makes the data of a channel in `dir`, or on the server. */
export function layOut(plan: ChannelPlan, dir: string, prefix: string, s3: S3Place): Material {
  const stored = plan.objects.map((object) => corrupted(storedBytes(object, plan), object, plan));
  const ledger: Ledger = { yielded: 0 };
  const place = placeOf(plan, { dir, prefix, s3, stored, ledger });
  const sent = (bytes: Buffer) => sentBytes(bytes, plan);
  const entries = plan.objects.map((object, index): ExpectedObject[] => {
    // Compressed data is broken near its end only: what is inflated of it before is right.
    const bytes = sent(isCorrupt(plan.fault, index) ? storedBytes(object, plan) : stored[index]!);
    const key = place.keyOf(object.key);
    const value = place.labelOf?.(index);
    return [
      { key, bytes, object: index, path: object.key },
      ...(value
        ? [{ key: value.key, bytes: sentBytes(value.bytes, { ...plan, gunzip: false }), path: '' }]
        : []),
    ];
  });
  return {
    options: place.options,
    transforms: plan.own ? [invertTransform(plan)] : [],
    stored,
    paths: place.paths ?? [],
    s3Keys: place.s3Keys ?? [],
    ledger,
    expected(epoch, without) {
      const there = entries.filter((_, index) => index !== without);
      return entriesOf(there.length, epoch, plan).flatMap((entry) => there[entry]!);
    },
    sent,
  };
}

interface Place {
  readonly options: Pick<ChannelOptions, 'source' | 's3'>;
  readonly paths?: readonly string[];
  readonly s3Keys?: readonly string[];
  keyOf(key: string): string;
  labelOf?(index: number): { key: string; bytes: Buffer };
}

interface Site {
  readonly dir: string;
  readonly prefix: string;
  readonly s3: S3Place;
  readonly stored: readonly Buffer[];
  readonly ledger: Ledger;
}

function placeOf(plan: ChannelPlan, site: Site): Place {
  switch (plan.source) {
    case 'file':
    case 'directory':
      return files(plan, site);
    case 'memory':
    case 'functions':
    case 'generator':
      return inMemory(plan, site);
    case 's3':
      return inS3(plan, site);
    case 'manifest':
      return localManifest(plan, site);
    case 's3Manifest':
      return s3Manifest(plan, site);
    case 'augmented':
      return augmented(plan, site);
  }
}

function files(plan: ChannelPlan, { dir, stored }: Site): Place {
  const paths = writeFiles(plan, dir, stored);
  return {
    options: { source: plan.source === 'file' ? paths[0]! : dir },
    paths,
    keyOf: (key) => key,
  };
}

function inMemory(plan: ChannelPlan, { stored, ledger }: Site): Place {
  const body = (index: number) => bodyOf(plan, index, stored[index]!, ledger);
  const keyOf = (key: string) => key;
  if (plan.source === 'generator') {
    const source: Source = {
      objects: () =>
        plan.objects.map((object, index) => ({
          key: object.key,
          ...sizeOf(plan, index, stored[index]!),
          open: ({ signal }) => body(index)(signal),
        })),
    };
    return { options: { source }, keyOf };
  }
  const isFunction = plan.source === 'functions';
  const objects = plan.objects.map(({ key }, index) => ({
    key,
    body: isFunction ? () => body(index)(undefined) : stored[index]!,
  }));
  return { options: { source: objects.reverse() }, keyOf };
}

function sizeOf({ objects, fault }: ChannelPlan, index: number, stored: Buffer): { size?: number } {
  if (fault?.kind === 'wrongSize' && fault.object === index)
    return { size: Math.max(stored.length + fault.by, 0) };
  return objects[index]!.isSized ? { size: stored.length } : {};
}

function inS3(plan: ChannelPlan, { prefix, s3, stored }: Site): Place {
  const s3Keys = putObjects(plan, prefix, s3, stored);
  return {
    options: { source: `s3://${BUCKET}/${prefix}/`, s3: s3.client },
    s3Keys,
    keyOf: (key) => `${prefix}/${key}`,
  };
}

function localManifest(plan: ChannelPlan, { dir, stored }: Site): Place {
  const paths = writeFiles(plan, join(dir, 'data'), stored);
  const manifest = join(dir, 'manifest');
  writeFileSync(manifest, JSON.stringify([{ prefix: 'data/' }, ...plan.objects.map(({ key }) => key)]));
  return {
    options: { source: manifestSource(manifest) },
    paths,
    keyOf: (key) => join(dir, 'data', key),
  };
}

function s3Manifest(plan: ChannelPlan, { prefix, s3, stored }: Site): Place {
  const s3Keys = putObjects(plan, `${prefix}/data`, s3, stored);
  const manifest = [{ prefix: `s3://${BUCKET}/${prefix}/data/` }, ...plan.objects.map(({ key }) => key)];
  s3.put(`${prefix}/manifest`, Buffer.from(JSON.stringify(manifest)));
  return {
    options: { source: manifestSource(`s3://${BUCKET}/${prefix}/manifest`, { s3: s3.client }) },
    s3Keys: [...s3Keys, `${prefix}/manifest`],
    keyOf: (key) => `${prefix}/data/${key}`,
  };
}

function augmented(plan: ChannelPlan, { dir, stored }: Site): Place {
  const data = join(dir, 'data');
  const paths = writeFiles(plan, data, stored);
  const manifest = join(dir, 'lines.manifest');
  const line = ({ key, seed }: { key: string; seed: number }) =>
    JSON.stringify({ ignored: 1, label: { seed }, 'object-ref': join(data, key) });
  writeFileSync(manifest, `${plan.objects.map(line).join('\n')}\n`);
  return {
    options: { source: augmentedManifestSource(manifest, { attributeNames: ['object-ref', 'label'] }) },
    paths,
    keyOf: (key) => join(data, key),
    labelOf: (index) => ({
      key: `lines.manifest:${index + 1}:label`,
      bytes: Buffer.from(`{"seed":${plan.objects[index]!.seed}}`),
    }),
  };
}

function writeFiles(plan: ChannelPlan, dir: string, stored: readonly Buffer[]): string[] {
  return plan.objects.map(({ key }, index) => {
    const path = join(dir, key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, stored[index]!);
    // A time that can be put back exactly.
    if (plan.fault?.kind === 'change' && plan.fault.object === index) utimesSync(path, OLD, OLD);
    return path;
  });
}

function putObjects(plan: ChannelPlan, prefix: string, s3: S3Place, stored: readonly Buffer[]): string[] {
  return plan.objects.map(({ key }, index) => {
    s3.put(`${prefix}/${key}`, stored[index]!);
    return `${prefix}/${key}`;
  });
}

function isCorrupt(fault: FaultPlan | undefined, index: number): boolean {
  return fault?.kind === 'corruptGzip' && fault.object === index;
}

/** In the compressed data, where the checksum finds it, or in the middle of it. */
function corrupted(stored: Buffer, { key }: { key: string }, { fault, objects }: ChannelPlan): Buffer {
  if (fault?.kind !== 'corruptGzip' || objects[fault.object]!.key !== key || stored.length === 0)
    return stored;
  if (fault.how === 'truncate') return stored.subarray(0, Math.max(stored.length - 9, 1));
  const copy = Buffer.from(stored);
  copy[copy.length - 6]! ^= 0x10; // in the checksum
  return copy;
}

/** A transform of the user's: every byte inverted, and three more at the end. */
function invertTransform({ fault, objects }: ChannelPlan): Transform {
  return (object) => ({
    key: object.key,
    async *open(context) {
      const limit =
        fault?.kind === 'transformThrows' && isObject(object.key, objects[fault.object]!.key)
          ? fault.afterBytes
          : Infinity;
      let bytes = 0;
      for await (const chunk of object.open(context)) {
        bytes += chunk.length;
        if (bytes >= limit) throw new Error('planned: the transform fails');
        yield chunk.map((byte) => byte ^ 0xff);
      }
      yield Buffer.from('end');
    },
  });
}

function isObject(key: string, name: string): boolean {
  return key === name || key.endsWith(`/${name}`);
}
