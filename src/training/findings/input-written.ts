import { lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';

import { parseFifoName } from '../../fs/fifo-name.js';
import { DOCUMENTATION } from './documentation.js';
import type { ChannelEvidence, Evidence, Look } from './finding.js';

/** How many paths a finding lists. */
const MOST_LISTED = 5;

/** What is there belongs to the service: some of it is read-only in the cloud, and nothing of it is kept. */
export const inputWritten: Look = function* (evidence) {
  const paths = [...changedConfig(evidence), ...changedData(evidence), ...strangers(evidence)];
  if (paths.length === 0) return;
  const listed = paths.slice(0, MOST_LISTED).join(', ');
  const more = paths.length > MOST_LISTED ? `, and ${paths.length - MOST_LISTED} more` : '';
  yield {
    id: 'input-written',
    seen: `On ${evidence.host} the algorithm wrote below /opt/ml/input: ${listed}${more}.`,
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

/** By the time that nobody can set, of a clock that does not go before the one we have looked at. */
function changedBelow(path: string, shown: string, sinceMs: number): string[] {
  const stats = statsOf(path);
  if (stats === undefined) return [];
  const own = stats.ctimeMs > sinceMs ? [shown] : [];
  if (!stats.isDirectory()) return own;
  const below = namesIn(path).flatMap((name) => changedBelow(join(path, name), `${shown}/${name}`, sinceMs));
  return below.length > 0 ? below : own;
}

/** `undefined` of what is not there, or cannot be looked at: its path may be too long. */
function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
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
