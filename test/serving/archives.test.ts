import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

import type { CommonEndpointOptions, Endpoint, EndpointLimits } from 'sagemaker-pipe-mode/serving';
import { expect, test } from 'vitest';

import { describeTree, pythonArchive } from '../archive/support/trees.js';
import { rejection } from '../support/expected-errors.js';
import { useEndpoints } from './support/use-endpoints.js';

const endpoints = useEndpoints();

/** Writes an archive that a script makes, and starts an endpoint with it, whose directory stays. */
function startWith(lines: readonly string[], options: CommonEndpointOptions = {}): Promise<Endpoint> {
  const ModelDataUrl = endpoints.path('model.tar.gz');
  writeFileSync(ModelDataUrl, pythonArchive(lines));
  return endpoints.node({ ModelDataUrl }, { directory: endpoints.path('endpoint'), ...options });
}

/** All that is there but the archive and the directory of the endpoint, with contents, permissions and times. */
const surroundings = () =>
  describeTree(endpoints.dir).filter((line) => !/^\w+ (?:model\.tar\.gz|endpoint)\b/.test(line));

const LINK = 'kind=tarfile.SYMTYPE';
const HARD = 'kind=tarfile.LNKTYPE';

/** `$VICTIM` is a file beside the endpoint's directory, `$UP` the way there from /opt/ml/model. */
test.each<[string, string, readonly string[]]>([
  ['an absolute path', 'ARCHIVE_UNSAFE', ['add("$VICTIM", b"changed")']],
  ['an absolute path behind what is harmless', 'ARCHIVE_UNSAFE', ['add("ok", b"1")', 'add("$VICTIM", b"x")']],
  ['a path with ..', 'ARCHIVE_UNSAFE', ['add("$UP/victim", b"changed")']],
  ['a new file outside', 'ARCHIVE_UNSAFE', ['add("$UP/new", b"x")']],
  [
    'a file through a link out',
    'ARCHIVE_UNSAFE',
    [`add("l", ${LINK}, target="$UP")`, 'add("l/victim", b"x")'],
  ],
  [
    'a link out that replaces a directory',
    'ARCHIVE_UNSAFE',
    ['add("d/f")', `add("d", ${LINK}, target="$UP")`],
  ],
  ['a link out', 'ARCHIVE_UNSAFE', [`add("l", ${LINK}, target="$VICTIM")`]],
  [
    'a link out by way of another',
    'ARCHIVE_UNSAFE',
    [`add("a", ${LINK}, target="b/..")`, `add("b", ${LINK}, target="..")`],
  ],
  ['a hard link out', 'ARCHIVE_UNSAFE', [`add("h", ${HARD}, target="$UP/victim")`, 'add("h", b"changed")']],
  [
    'a hard link to a link',
    'ARCHIVE_UNSAFE',
    [`add("l", ${LINK}, target="$UP/victim")`, `add("h", ${HARD}, target="l")`],
  ],
  ['a device', 'ARCHIVE_UNSAFE', ['add("zero", kind=tarfile.CHRTYPE)']],
  ['a FIFO', 'ARCHIVE_UNSAFE', ['add("pipe", kind=tarfile.FIFOTYPE)']],
  ['a file twice', 'ARCHIVE_UNSAFE', ['add("weights", b"1")', 'add("weights", b"2")']],
  [
    'a file that says it has 65 GiB',
    'ARCHIVE_TOO_LARGE',
    [
      'huge = tarfile.TarInfo("bomb")',
      'huge.size = 65 * 2**30',
      'archive.fileobj.write(huge.tobuf(tarfile.PAX_FORMAT))',
    ],
  ],
])('a model with %s is refused, and nothing is touched', async (_name, code, lines) => {
  endpoints.files({ victim: 'as it was' });
  const before = surroundings();
  const filled = lines.map((line) =>
    line.replaceAll('$VICTIM', endpoints.path('victim')).replaceAll('$UP', '../../..'),
  );
  const error = await rejection(startWith(filled));
  expect(error).toMatchObject({ code });
  expect(error.message).toContain('Nothing of the archive was kept');
  expect(surroundings()).toEqual(before);
  expect(readFileSync(endpoints.path('victim'), 'utf8')).toBe('as it was');
  expect(existsSync(endpoints.path('endpoint/instance-1/model'))).toBe(false);
  expect(readdirSync(endpoints.path('endpoint/instance-1'))).toEqual(['input']);
});

test('a model has no set-uid and set-gid bits, and belongs to whoever serves it', async () => {
  await using endpoint = await startWith([
    'add("tool", b"#!/bin/sh", mode=0o6755)',
    'entry = tarfile.TarInfo("d")',
    'entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, 0o3777, 12345, 12345',
    'archive.addfile(entry)',
  ]);
  const statsOf = (name: string) => statSync(`${endpoint.directory}/instance-1/model/${name}`);
  expect(statsOf('tool').mode & 0o7777).toBe(0o755);
  expect(statsOf('d').mode & 0o7777).toBe(0o777);
  expect(statsOf('d').uid).toBe(process.getuid!());
  expect(statsOf('d').gid).toBe(process.getgid!());
});

test('links within a model are what they were', async () => {
  await using endpoint = await startWith([
    'add("v2/weights", b"2")',
    `add("latest", ${LINK}, target="v2")`,
    `add("v2/same", ${HARD}, target="v2/weights")`,
  ]);
  const model = `${endpoint.directory}/instance-1/model`;
  expect(readFileSync(`${model}/latest/same`, 'utf8')).toBe('2');
  expect(await (await endpoint.invoke('x')).json()).toMatchObject({ model: ['latest', 'v2'] });
});

test('a model that is larger than it may be is refused, with the name of the limit', async () => {
  const lines = ['add("weights", b"1234")', 'add("code", b"5")'];
  const startLimited = async (limits: EndpointLimits) => {
    const error = await rejection(startWith(lines, { limits, directory: undefined }));
    expect(error).toMatchObject({ code: 'ARCHIVE_TOO_LARGE' });
    return error.message;
  };
  expect(await startLimited({ maxModelBytes: 4 })).toContain('`limits.maxModelBytes`');
  expect(await startLimited({ maxModelEntries: 1 })).toContain('`limits.maxModelEntries`');
  await using endpoint = await startWith(lines, {
    directory: undefined,
    limits: { maxModelBytes: 5, maxModelEntries: 2 },
  });
  expect(await (await endpoint.invoke('x')).json()).toMatchObject({ model: ['code', 'weights'] });
});
