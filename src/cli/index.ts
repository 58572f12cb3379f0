#!/usr/bin/env node
import { CommanderError } from 'commander';
import createDebug from 'debug';
import { PipeModeError } from 'sagemaker-pipe-mode';

import { splitCommandLine } from './command-line.js';
import { agentStreams, channelStreams, documentStreams } from './commands.js';
import { failureText, isUsageError } from './failure-text.js';
import { invoke } from './invoke.js';
import type { StreamFlags } from './options.js';
import { outputs } from './outputs.js';
import { createProgram } from './program.js';
import { run } from './run.js';
import { runProgram } from './run-program.js';
import { serve } from './serve.js';
import type { Streams } from './streams.js';
import { train } from './train.js';
import { transform } from './transform.js';
import { tell } from './tell.js';

const FAILED = 1;
const WRONG_USAGE = 2;
const PROGRAM_NOT_EXECUTABLE = 126;
const PROGRAM_NOT_FOUND = 127;

const commandLine = splitCommandLine(process.argv.slice(2));

const program = createProgram({
  channel: (name, source, dest, flags) => stream(flags, () => channelStreams(name, source, dest, flags)),
  agent: (source, dest, flags) => stream(flags, () => agentStreams(source, dest, flags)),
  train: async (file, flags) => {
    if (flags.debug) createDebug.enable('sagemaker-pipe-mode:*');
    await end(await train(file, flags, commandLine.program));
  },
  serve: async (file, flags) => {
    if (flags.debug) createDebug.enable('sagemaker-pipe-mode:*');
    await end(await serve(file, flags, commandLine.program));
  },
  invoke: async (file, flags) => {
    await end(await invoke(file, flags));
  },
  transform: async (file, flags) => {
    if (flags.debug) createDebug.enable('sagemaker-pipe-mode:*');
    await end(await transform(file, flags, commandLine.program));
  },
  inputDataConfig: (file, dest, flags) => stream(flags, () => documentStreams(file, dest, flags)),
});

async function stream(flags: StreamFlags, createStreams: () => Streams | Promise<Streams>): Promise<void> {
  const { debug = false, exitOnFailure = false, json = false } = flags;
  if (debug) createDebug.enable('sagemaker-pipe-mode:*');
  const options = { debug, exitOnFailure, json };
  const streams = await createStreams();
  const beside = commandLine.program;
  await end(await (beside === undefined ? run(streams, options) : runProgram(beside, streams, options)));
}

/** Lets Node exit by itself, for then nothing is left; unless a signal has asked for the end. */
async function end(status: number): Promise<void> {
  process.exitCode = status;
  if (status <= 128) return;
  await Promise.all(Object.values(outputs).map((output) => output.flushed()));
  process.exit();
}

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE; // it has said all there is to say
    return;
  }
  const isUsage = isUsageError(error);
  const text = failureText(error) + (isUsage ? '\nTry "sagemaker-pipe --help".' : '');
  tell(text);
  process.exitCode = isUsage ? WRONG_USAGE : failedStatus(error);
}

/** As a shell has it for a program that it cannot run. */
function failedStatus(error: unknown): number {
  if (!(error instanceof PipeModeError)) return FAILED;
  if (error.code === 'PROGRAM_NOT_FOUND') return PROGRAM_NOT_FOUND;
  return error.code === 'PROGRAM_NOT_EXECUTABLE' ? PROGRAM_NOT_EXECUTABLE : FAILED;
}

// Which Node the AWS SDK will need next year is nothing that who runs the command can do anything about. In somebody's own
// program it is their business: the library leaves the warning alone.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

await program.parseAsync(commandLine.own, { from: 'user' }).catch(fail);
