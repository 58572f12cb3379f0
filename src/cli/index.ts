#!/usr/bin/env node
import { CommanderError } from 'commander';
import createDebug from 'debug';
import { createChannel, createChannels } from 'sagemaker-pipe-mode';

import { failureText, isUsageError } from './failure-text.js';
import { createProgram, type StreamOptions } from './program.js';
import { run } from './run.js';
import { type Streams, streamsOfChannel, streamsOfGroup } from './streams.js';

const FAILED = 1;
const WRONG_USAGE = 2;

const program = createProgram({
  channel: (name, source, dest, options) =>
    stream(options, () =>
      streamsOfChannel(createChannel({ name, source, dest, ...channelOptions(options) })),
    ),
  agent: (source, dest, options) =>
    stream(options, () => streamsOfGroup(createChannels({ source, dest, ...channelOptions(options) }))),
});

function channelOptions({ gunzip, recordio, epochs, requestPayer }: StreamOptions) {
  return { gunzip, recordio, epochs, requestPayer };
}

async function stream(options: StreamOptions, createStreams: () => Streams): Promise<void> {
  const { debug = false, exitOnFailure = false } = options;
  if (debug) createDebug.enable('sagemaker-pipe-mode:*');
  end(await run(createStreams(), { debug, exitOnFailure }));
}

/** Lets Node exit by itself, for then nothing is left; unless a signal has asked for the end. */
function end(status: number): void {
  if (status > 128) process.exit(status);
  process.exitCode = status;
}

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE; // it has said all there is to say
    return;
  }
  const isUsage = isUsageError(error);
  console.error(failureText(error) + (isUsage ? '\nTry "sagemaker-pipe --help".' : ''));
  process.exitCode = isUsage ? WRONG_USAGE : FAILED;
}

// Which Node the AWS SDK will need next year is nothing that who runs the command can do anything about. In somebody's own
// program it is their business: the library leaves the warning alone.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

// Whoever reads our output may leave (`| head -1`), and the terminal may go away: the algorithm's data goes on.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

await program.parseAsync().catch(fail);
