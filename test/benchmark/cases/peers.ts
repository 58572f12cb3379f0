import type { Bench } from '../bench.js';
import { needing, type Peer, PeerContender, redirected } from '../peer.js';
import { beside } from '../toolchain.js';

/** `cat FILES > fifo` */
export function cat({ reader, workspace }: Bench, files: readonly string[]): Peer {
  return new PeerContender({ name: 'cat', ...redirected('cat', files) }, reader, workspace);
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
export function spliceLimit({ reader, workspace, tools }: Bench, file: string): Peer {
  return needing(
    tools.splice,
    'splice in C',
    (command) =>
      new PeerContender({ name: 'splice in C', command, args: (fifo) => [file, fifo] }, reader, workspace),
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
