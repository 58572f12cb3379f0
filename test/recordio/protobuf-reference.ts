import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('aialgs_record.py', import.meta.url));

/** A value as the reference has it: numbers as hexadecimal digits of their little-endian bytes. */
export type DescribedValue =
  | {
      kind: 'float32_tensor' | 'float64_tensor' | 'int32_tensor';
      values: string;
      keys: number[];
      shape: number[];
    }
  | { kind: 'bytes'; value: string[]; contentType?: string };

/** A record as the reference has it. */
export interface DescribedRecord {
  readonly features: Record<string, DescribedValue>;
  readonly label: Record<string, DescribedValue>;
  readonly uid?: string;
  readonly metadata?: string;
  readonly configuration?: string;
}

/** Debian's package belongs to Debian's Python, which need not be the first in the PATH. */
const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import google.protobuf']).status === 0,
);

/** Whether Google's protobuf for Python is here. CI has to have it. */
export const hasReference = python !== undefined || process.env['CI'] !== undefined;

if (python === undefined) {
  console.warn('NOT COMPARED with protobuf for Python, which is missing: apt-get install python3-protobuf');
}

/** What Google's implementation finds in these messages. */
export function decodeWithReference(messages: readonly Uint8Array[]): DescribedRecord[] {
  return ask(messages.map((message) => ({ decode: Buffer.from(message).toString('hex') })));
}

/** Google's messages of these descriptions. */
export function encodeWithReference(records: readonly DescribedRecord[]): Buffer[] {
  return ask<string>(records.map((encode) => ({ encode }))).map((digits) => Buffer.from(digits, 'hex'));
}

function ask<Answer>(requests: readonly object[]): Answer[] {
  const input = requests.map((request) => `${JSON.stringify(request)}\n`).join('');
  const { status, stdout, stderr, error } = spawnSync(python ?? 'python3', [program], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`The reference failed: ${error?.message ?? stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}
