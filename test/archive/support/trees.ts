import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { sha256 } from '../../support/bytes.js';

/** What there is in a directory, in words: names as bytes, kinds, permissions, times in seconds, contents, targets. */
export function describeTree(root: string | Buffer): string[] {
  return below(Buffer.from(root), Buffer.alloc(0)).sort();
}

function below(root: Buffer, prefix: Buffer): string[] {
  const directory = Buffer.concat([root, Buffer.from('/'), prefix]);
  return readdirSync(directory, { encoding: 'buffer' }).flatMap((base) => {
    const path = Buffer.concat([directory, base]);
    const name = Buffer.concat([prefix, base]);
    const stats = lstatSync(path);
    const facts = `${name.toString('latin1')} ${(stats.mode & 0o7777).toString(8)} ${Math.floor(stats.mtimeMs / 1000)}`;
    if (stats.isDirectory())
      return [`directory ${facts}`, ...below(root, Buffer.concat([name, Buffer.from('/')]))];
    if (stats.isSymbolicLink())
      return [
        `link ${name.toString('latin1')} to ${readlinkSync(path, { encoding: 'buffer' }).toString('latin1')}`,
      ];
    if (stats.isFile()) return [`file ${facts} ${stats.size} ${stats.nlink} ${sha256(readFileSync(path))}`];
    return [`other ${facts}`];
  });
}

/** Unpacks with GNU tar what comes in chunks. */
export async function untar(chunks: AsyncIterable<Uint8Array>, into: string, option = 'z'): Promise<void> {
  await into_(
    spawn('tar', ['--warning=no-timestamp', `-xp${option}f`, '-', '-C', into], {
      stdio: ['pipe', 'inherit', 'inherit'],
    }),
    chunks,
  );
}

/** Unpacks with Python's tarfile, as a stream that cannot be sought in. */
export async function untarInPython(chunks: AsyncIterable<Uint8Array>, into: string): Promise<void> {
  const script =
    'import sys, tarfile; tarfile.open(fileobj=sys.stdin.buffer, mode="r|gz").extractall(sys.argv[1])';
  await into_(spawn('python3', ['-c', script, into], { stdio: ['pipe', 'inherit', 'inherit'] }), chunks);
}

async function into_(child: ReturnType<typeof spawn>, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const closed = once(child, 'close');
  await pipeline(chunks, child.stdin!);
  const [code] = (await closed) as [number];
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${code}`);
}

/** What GNU tar makes of a directory. */
export function tarOf(directory: string, ...options: string[]): Buffer {
  return execFileSync('tar', [...options, '-cf', '-', '-C', directory, '.'], { maxBuffer: 2 ** 30 });
}

/** What a script makes with Python's tarfile: `archive` is open for writing there. */
export function pythonArchive(lines: readonly string[], format = 'PAX', mode = 'w|gz'): Buffer {
  const script = [
    'import sys, tarfile, io',
    `archive = tarfile.open(fileobj=sys.stdout.buffer, mode="${mode}", format=tarfile.${format}_FORMAT)`,
    'def add(name, content=b"", kind=tarfile.REGTYPE, target="", mode=0o644):',
    '    entry = tarfile.TarInfo(name)',
    '    entry.type, entry.linkname, entry.mode, entry.size = kind, target, mode, len(content)',
    '    archive.addfile(entry, io.BytesIO(content))',
    ...lines,
    'archive.close()',
  ].join('\n');
  return execFileSync('python3', ['-c', script], { maxBuffer: 2 ** 30 });
}
