import type { Bench } from '../bench.js';
import type { ChunksPlan } from '../ours.js';
import { needing, type Peer, PeerContender, redirected } from '../peer.js';
import type { Cores } from '../reader.js';
import { beside } from '../toolchain.js';

export const SPLICE = 'splice in C';
export const PIPELINE = 'Node pipeline()';

/** `cat FILES > fifo` */
export function cat({ reader, workspace }: Bench, files: readonly string[], cores?: Cores): Peer {
  return new PeerContender({ name: 'cat', cores, ...redirected('cat', files) }, reader, workspace);
}

/** What existing emulators do. */
export function pythonCopy(bench: Bench, directory: string): Peer {
  return python(bench, 'Python copyfileobj', 'peers/copy_files.py', directory);
}

export function pythonGzip(bench: Bench, directory: string): Peer {
  return python(bench, 'Python gzip', 'peers/inflate_files.py', directory);
}

export function pigz({ reader, workspace, tools }: Bench, files: readonly string[]): Peer {
  return needing(
    tools.pigz,
    'pigz -dc',
    (command) =>
      new PeerContender({ name: 'pigz -dc', ...redirected(command, ['-dc', ...files]) }, reader, workspace),
  );
}

/** What the kernel can do. */
export function spliceLimit({ reader, workspace, tools }: Bench, files: readonly string[]): Peer {
  return needing(
    tools.splice,
    SPLICE,
    (command) =>
      new PeerContender({ name: SPLICE, command, args: (fifo) => [fifo, ...files] }, reader, workspace),
  );
}

/** What a harness in Node would do with chunks. */
export function nodePipeline({ reader, workspace }: Bench, chunks: ChunksPlan): Peer {
  const script = beside('peers/pipeline.mjs');
  return new PeerContender(
    { name: PIPELINE, command: process.execPath, args: (fifo) => [script, JSON.stringify(chunks), fifo] },
    reader,
    workspace,
  );
}

function python({ reader, workspace, tools }: Bench, name: string, script: string, directory: string): Peer {
  return needing(
    tools.python,
    name,
    (command) =>
      new PeerContender(
        { name, command, args: (fifo) => [beside(script), directory, fifo] },
        reader,
        workspace,
      ),
  );
}
