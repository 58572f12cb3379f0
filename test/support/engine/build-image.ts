import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connectToEngine } from './engine.js';

/** Builds an image as `docker build` does; `files` has the Dockerfile, and what that copies. */
export async function buildImage(name: string, files: Readonly<Record<string, string>>): Promise<void> {
  const docker = connectToEngine();
  const context = mkdtempSync(join(tmpdir(), 'build-image-'));
  try {
    for (const [file, text] of Object.entries(files)) writeFileSync(join(context, file), text);
    const output = await docker.buildImage({ context, src: Object.keys(files) }, { t: name });
    await new Promise<void>((resolve, reject) =>
      docker.modem.followProgress(output, (error) => (error ? reject(error) : resolve())),
    );
  } finally {
    rmSync(context, { recursive: true });
  }
}

export async function removeImage(name: string): Promise<void> {
  await connectToEngine().getImage(name).remove({ force: true });
}
