import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { changedBelow, listPaths, namesIn, statsOf } from '../../findings/changed-below.js';
import { parseFifoName } from '../../fs/fifo-name.js';
import { DOCUMENTATION } from './documentation.js';
import type { ChannelEvidence, Evidence, Look } from './finding.js';

/** What is there belongs to the service: some of it is read-only in the cloud, and nothing of it is kept. */
export const inputWritten: Look = function* (evidence) {
  const paths = [...changedConfig(evidence), ...changedData(evidence), ...strangers(evidence)];
  if (paths.length === 0) return;
  yield {
    id: 'input-written',
    seen: `On ${evidence.host} the algorithm wrote below /opt/ml/input: ${listPaths(paths)}.`,
    rule: '/opt/ml/input is what the job is given. Nothing of it is kept, and FastFile channels are read-only: write elsewhere.',
    documentation: DOCUMENTATION.storage,
  };
};

function changedConfig({ optMl }: Evidence): string[] {
  const texts = optMl.configTexts;
  const changed = Object.keys(texts).filter((name) => !isText(join(optMl.config, name), texts[name]!));
  const added = namesIn(optMl.config).filter((name) => !Object.hasOwn(texts, name));
  return [...changed, ...added].map((name) => `input/config/${name}`);
}

/** Files and directories of File channels that have changed since the program was started, and what is no channel. */
function changedData({ optMl, channels, startedAtMs }: Evidence): string[] {
  return namesIn(optMl.data).flatMap((name) => {
    const path = join(optMl.data, name);
    const channel = channels.find((each) => each.inputMode !== 'Pipe' && each.name === name);
    if (channel !== undefined) return changedBelow(path, `input/data/${name}`, startedAtMs);
    return channels.some((each) => isFifoOf(each, name, path)) ? [] : [`input/data/${name}`];
  });
}

function strangers({ optMl }: Evidence): string[] {
  const names = namesIn(join(optMl.directory, 'input'));
  return names.filter((name) => name !== 'config' && name !== 'data').map((name) => `input/${name}`);
}

function isFifoOf({ name, inputMode }: ChannelEvidence, entry: string, path: string): boolean {
  if (inputMode !== 'Pipe' || parseFifoName(entry)?.channel !== name) return false;
  return statsOf(path)?.isFIFO() !== false; // its channel may have removed it just now
}

/** Nothing else is read: a FIFO would be waited for, and a file may have any size by now. */
function isText(path: string, text: string): boolean {
  try {
    const stats = lstatSync(path);
    return stats.isFile() && stats.size === Buffer.byteLength(text) && readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}
