import { basename, relative } from 'node:path';

import { readDestination } from '../../artifacts/destination.js';
import { isTemporaryName } from '../../artifacts/temporary-name.js';
import { PipeModeError } from '../../errors.js';
import { isS3 } from '../../options/s3-form.js';
import type { EpochContext, Source, SourceObject } from '../../source/source.js';
import { parseS3Uri } from '../../source/s3/uri.js';

/** Where a prefix and the outputs are. */
interface Places {
  /** An `s3://` URI or an absolute path. */
  readonly prefix: string;
  /** The same, and not that of the prefix. */
  readonly output: string;
}

/**
 * The objects of a prefix, without outputs that are below it: of the job itself, whose listing goes on while it writes, or of one
 * before it.
 */
export function withoutOutputs(source: Source, { prefix, output }: Places): Source {
  const isOutput = outputsBelow(prefix, output);
  const checkName = isS3(prefix) ? nameChecker(prefix) : () => undefined;
  return {
    async *objects(context: EpochContext) {
      for await (const object of source.objects(context)) {
        if (isOutput(object)) continue;
        checkName(object);
        yield object;
      }
    },
    check: (context: EpochContext) => source.check?.(context),
    close: () => source.close?.(),
  };
}

function outputsBelow(prefix: string, output: string): (object: SourceObject) => boolean {
  const to = readDestination(output);
  if (isS3(prefix)) {
    if (to.kind === 'local' || to.bucket !== parseS3Uri(prefix).bucket) return () => false;
    return ({ key }) => key.startsWith(to.prefix);
  }
  const below = to.kind === 'local' ? relative(prefix, to.path) : '..';
  const isBelow = below !== '' && below !== '..' && !below.startsWith('../');
  return ({ key }) => isTemporaryName(basename(key)) || (isBelow && key.startsWith(`${below}/`));
}

/** With the prefix `part` both `part/part-0` and `part-0` have the output `part-0.out`. */
function nameChecker(uri: string): (object: SourceObject) => void {
  const { prefix } = parseS3Uri(uri);
  const last = prefix.slice(prefix.lastIndexOf('/') + 1);
  if (last === '') return () => undefined;
  let inFolder: string | undefined;
  let beside: string | undefined;
  return ({ key }) => {
    if (!key.startsWith(`${prefix}/`)) beside ??= key;
    else if (key.startsWith(`${prefix}/${last}`)) inFolder ??= key;
    if (inFolder === undefined || beside === undefined) return;
    const message = `"${prefix}" is a folder and what other names begin with: "${inFolder}" and "${beside}" may have the same output. Let the S3Uri end with "/", or have more of the names.`;
    throw new PipeModeError('UNSAFE_KEY', message, { key });
  };
}
