import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { type S3Server, startS3Server } from '../support/s3-server.js';
import { compileSnippets } from './compile.js';
import { readSnippets, type Snippet } from './snippets.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const snippets = readSnippets(root);

/** In the repository, so that the package is found by its own name. */
let programs: string;
let server: S3Server;

beforeAll(async () => {
  mkdirSync(join(root, '.tmp'), { recursive: true });
  programs = mkdtempSync(join(root, '.tmp/snippets-'));
  server = await startS3Server();
  server.createBucket('my-bucket');
  for (const key of ['train/part-0.csv', 'train/part-1.csv', 'validation/part-0.csv']) {
    server.put('my-bucket', key, '1,2\n3,4\n');
  }
});

afterAll(async () => {
  rmSync(programs, { recursive: true });
  await server.stop();
});

test('every TypeScript and JavaScript block says how it is tested', () => {
  const untested = snippets.filter(({ language, kind }) => /^[jt]s$/.test(language) && kind === undefined);
  expect(untested.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
});

test('every TypeScript block compiles', () => {
  const typed = snippets.filter(({ language }) => language === 'ts');
  expect(compileSnippets(root, typed)).toEqual([]);
}, 60_000);

test.each(ofKind('same as'))('$page:$line is the same as $detail', ({ detail, code }) => {
  expect(code).toBe(readFileSync(join(root, detail), 'utf8'));
});

test.each(ofKind('run'))('$page:$line runs', async (snippet) => {
  const file = join(programs, `${snippet.page.replaceAll('/', '-')}-${snippet.line}.mts`);
  writeFileSync(file, snippet.code);
  const { stdout } = await runIn(exampleDirectory(), ['--import', import.meta.resolve('tsx'), file]);
  const expected = outputOf(snippet);
  if (expected !== undefined) expect(sortLines(stdout)).toEqual(sortLines(expected));
});

test('what is for Vitest passes in Vitest', async () => {
  mkdirSync(join(programs, 'test'));
  for (const { page, line, code } of ofKind('vitest')) {
    writeFileSync(join(programs, 'test', `${page.replaceAll('/', '-')}-${line}.test.ts`), code);
  }
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run'];
  const options = ['--root', programs, '--config', join(root, 'vitest.config.ts')];
  await runIn(exampleDirectory(), [...vitest, ...options]);
}, 60_000);

function ofKind(kind: Snippet['kind']): Snippet[] {
  return snippets.filter((snippet) => snippet.kind === kind);
}

/** What the page says that a program prints: the block that follows it, if that is one of output. */
function outputOf(snippet: Snippet): string | undefined {
  const next = snippets[snippets.indexOf(snippet) + 1];
  return next?.kind === 'output' && next.page === snippet.page ? next.code : undefined;
}

/** Where a reader of the documentation would try things: a directory with some data. */
function exampleDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'snippets-'));
  for (const channel of ['training', 'validation']) {
    mkdirSync(join(directory, 'data', channel), { recursive: true });
    writeFileSync(join(directory, 'data', channel, 'part-0.csv'), '1,2\n3,4\n');
    writeFileSync(join(directory, 'data', channel, 'part-1.csv'), '5,6\n');
  }
  writeFileSync(join(directory, 'data', 'labels.txt'), 'yes\nno\n');
  return directory;
}

/** Runs Node, with the S3 server in the environment, and removes the directory. */
async function runIn(cwd: string, args: readonly string[]): Promise<{ stdout: string }> {
  const { endpoint, clientConfig } = server;
  const { accessKeyId, secretAccessKey } = clientConfig.credentials;
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    NODE_NO_WARNINGS: '1', // the AWS SDK's about Node 20
  };
  try {
    return await new Promise((resolve, reject) => {
      execFile(process.execPath, args, { cwd, env, timeout: 25_000 }, (error, stdout, stderr) => {
        if (error) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
        else resolve({ stdout });
      });
    });
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

function sortLines(text: string): string[] {
  return text.trim().split('\n').sort();
}
