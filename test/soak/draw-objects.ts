import type { Random } from './random.js';
import type { ChannelPlan, ObjectPlan, SourceKind } from './scenario.js';

const MIB = 1024 * 1024;

/** Folders and names whose order by UTF-16 is another one than by UTF-8, or that need care for another reason. */
const FOLDERS = ['', 'a/', 'a/b/', 'b/', 'b.c/', 'ä/', 'z/y/x/w/', '\u{1f600}/', '\uff5e/'];
const NAMES = [
  'part-',
  'x',
  '.hidden-',
  'with space ',
  '%41+&=',
  'quo\'te"',
  'é',
  '\u{1f409}',
  '\uffee',
  'line\n',
];

/** The objects of a source, in the order in which it lists them. */
export function drawObjects(
  random: Random,
  source: SourceKind,
  inputMode: ChannelPlan['inputMode'],
): ObjectPlan[] {
  const count = source === 'file' ? 1 : drawCount(random, source);
  // Most epochs fit into a pipe, some do not, few are large.
  const total = random.weighted([[40, 5_000], [35, 100_000], [18, MIB], [7, 6 * MIB]]); // prettier-ignore
  const largest = Math.ceil((2 * total) / count);
  const isNested = random.chance(40);
  const isWide = source === 'generator' && inputMode === 'Pipe' && random.chance(12);
  const objects = random.times(count, (index) => {
    const bytes = isWide ? 512 * 1024 : drawBytes(random, largest);
    return {
      key: drawKey(random, index, isNested, source),
      bytes,
      seed: random.int(1, 1_000_000),
      members: bytes === 0 && random.chance(25) ? 0 : random.weighted([[6, 1], [2, 2], [1, 5]]), // prettier-ignore
      chunks: isWide ? [MIB] : drawChunks(random, bytes),
      delayMs: count <= 8 && random.chance(8) ? random.int(1, 4) : 0,
      isSized: random.chance(50),
    };
  });
  return isListedAsGiven(source)
    ? objects
    : [...objects].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

/** Whether the source has an order of its own; the others list in the order of the keys' UTF-8 bytes. */
function isListedAsGiven(source: SourceKind): boolean {
  return ['generator', 'manifest', 's3Manifest', 'augmented'].includes(source);
}

function drawCount(random: Random, source: SourceKind): number {
  const isLocal = source === 'directory' || source === 'memory';
  return random.weighted([
    [3, 1],
    [10, random.int(2, 8)],
    [4, random.int(9, 40)],
    [isLocal ? 1 : 0, random.int(100, 600)],
  ]);
}

function drawBytes(random: Random, largest: number): number {
  return random.weighted([
    [2, 0],
    [3, random.int(1, 9)],
    [12, random.int(0, largest)],
    [1, Math.min(largest, random.pick([4095, 4096, 4097, 65_535, 65_536, 65_537, MIB - 1, MIB, MIB + 1]))],
  ]);
}

function drawChunks(random: Random, bytes: number): number[] {
  const some = random.times(random.int(0, 3), () => random.pick([0, 1, 7, 1000, 4096, 65_536, 300_000]));
  // At most some hundred chunks.
  return [...some, Math.max(random.pick([999, 65_537, 2_000_000]), Math.ceil(bytes / 100))];
}

function drawKey(random: Random, index: number, isNested: boolean, source: SourceKind): string {
  const folder = isNested && source !== 'file' ? random.pick(FOLDERS) : '';
  const name = random.chance(30) ? random.pick(NAMES) : 'object-';
  return `${folder}${name}${index}`;
}
