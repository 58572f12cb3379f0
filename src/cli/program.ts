import { createRequire } from 'node:module';

import { Argument, Command, InvalidArgumentError } from 'commander';

import { isS3 } from '../options/s3-form.js';
import { printable } from '../printable.js';
import { completionScript, type Shell, SHELLS } from './completion.js';
import { AGENT_HELP, CHANNEL_HELP, INPUT_DATA_CONFIG_HELP, PROGRAM_HELP, TRAIN_HELP } from './help.js';
import { INVOKE_HELP, SERVE_HELP, TRANSFORM_HELP } from './serving-help.js';
import {
  type InvokeFlags,
  type ServeFlags,
  type TransformFlags,
  withInvokeOptions,
  withServeOptions,
  withTransformOptions,
} from './serving-options.js';
import {
  collect,
  type DataFlags,
  type ManifestFlags,
  type StreamFlags,
  withDataOptions,
  withManifestOptions,
  withJobOptions,
  withS3Access,
  withS3Options,
  withStreamOptions,
} from './options.js';
import type { TrainFlags } from './train.js';
import { wrapFor } from './word-wrap.js';

/** The options of `input-data-config`. */
export interface DocumentFlags extends StreamFlags {
  readonly channel?: readonly string[];
}

/** What the commands do. */
export interface Actions {
  readonly channel: (
    name: string,
    source: string,
    dest: string,
    flags: DataFlags & ManifestFlags,
  ) => Promise<void>;
  readonly agent: (source: string, dest: string, flags: DataFlags) => Promise<void>;
  readonly train: (file: string, flags: TrainFlags) => Promise<void>;
  readonly serve: (file: string | undefined, flags: ServeFlags) => Promise<void>;
  readonly invoke: (file: string, flags: InvokeFlags) => Promise<void>;
  readonly transform: (file: string, flags: TransformFlags) => Promise<void>;
  readonly inputDataConfig: (file: string, dest: string, flags: DocumentFlags) => Promise<void>;
}

const DEST = 'the directory of the pipes; /opt/ml/input/data in a SageMaker container';

/** The command line: its commands, their arguments and options, and what `--help` says. */
export function createProgram(actions: Actions): Command {
  const program = new Command('sagemaker-pipe')
    .description("Streams data into named pipes, as SageMaker Training's Pipe mode does.")
    .usage('COMMAND [options] …')
    .version(version(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .configureHelp({
      subcommandTerm: (command) => `${command.name()} ${command.usage().replace(/ \[--.*/, '')}`,
    })
    .configureOutput({
      outputError: (text, write) =>
        write(wrapFor(process.stderr, printable(text.replace(/^error: /, 'sagemaker-pipe: ')))),
    })
    .exitOverride()
    .addHelpText('after', PROGRAM_HELP);

  const channel = program
    .command('channel')
    .summary('stream one channel')
    .description(
      'Streams SRC into DEST/CHANNEL_NAME_0, DEST/CHANNEL_NAME_1 and so on, one named pipe per epoch.',
    )
    .usage('[options] CHANNEL_NAME SRC DEST [-- PROGRAM …]')
    .argument('<CHANNEL_NAME>', '1 to 64 of A-Z, a-z, 0-9, ".", "-" and "_"')
    .argument('<SRC>', 'a file, a directory, or s3://BUCKET/PREFIX (every key that begins with it)')
    .argument('<DEST>', DEST)
    .addHelpText('after', CHANNEL_HELP)
    .action(actions.channel);
  withHelp(withStreamOptions(withS3Options(withDataOptions(withManifestOptions(channel)))));

  const agent = program
    .command('agent')
    .summary('stream all subdirectories as channels')
    .description(
      'Streams every subdirectory of SRC_DATA (1 to 20) as the channel of that name: SRC_DATA/train into DEST/train_0, DEST/train_1 and so on.',
    )
    .usage('[options] SRC_DATA DEST [-- PROGRAM …]')
    .argument('<SRC_DATA>', 'a directory whose subdirectories are the channels', parseDirectory)
    .argument('<DEST>', DEST)
    .addHelpText('after', AGENT_HELP)
    .action(actions.agent);
  withHelp(withStreamOptions(withDataOptions(agent)));

  const inputDataConfig = program
    .command('input-data-config')
    .summary('stream what InputDataConfig describes')
    .description(
      'Streams the channels of FILE: a list as InputDataConfig of CreateTrainingJob has it, or a document that has one, in JSON or YAML.',
    )
    .usage('[options] FILE DEST [-- PROGRAM …]')
    .argument('<FILE>', 'the document; in it, an S3Uri may also be a path or a file:// URL')
    .argument('<DEST>', DEST)
    .optionsGroup('The document:')
    .option('--channel <NAME>', 'only this channel; may be given several times', collect)
    .addHelpText('after', INPUT_DATA_CONFIG_HELP)
    .action(actions.inputDataConfig);
  withHelp(withStreamOptions(withS3Options(inputDataConfig)));

  const train = program
    .command('train')
    .summary('run a training job')
    .description(
      'Runs the training job of JOB_FILE as SageMaker Training does, with a container of its image, or PROGRAM instead: lays out /opt/ml, feeds the channels, runs it with "train" as its last argument, and says what came out.',
    )
    .usage('[options] JOB_FILE [-- PROGRAM …]')
    .argument('<JOB_FILE>', 'a request as for CreateTrainingJob, in JSON or YAML; "-" is the standard input')
    .addHelpText('after', TRAIN_HELP)
    .action(actions.train);
  withHelp(withS3Options(withJobOptions(train)));

  const serve = program
    .command('serve')
    .summary('serve a model')
    .description(
      'Serves the model of JOB_FILE as SageMaker does, with a container of its image, or PROGRAM instead: puts the model into /opt/ml/model, runs it with "serve" as its last argument, waits for /ping, and listens to a port as the service does. Ctrl-C stops it.',
    )
    .usage('[options] [JOB_FILE] [-- PROGRAM …]')
    .argument(
      '[JOB_FILE]',
      'what CreateModel has for a container and CreateEndpointConfig for a variant, in JSON or YAML; "-" is the standard input',
    )
    .addHelpText('after', SERVE_HELP)
    .action(actions.serve);
  withHelp(withS3Access(withServeOptions(serve)));

  const invoke = program
    .command('invoke')
    .summary('ask a model that is served')
    .description(
      'Sends PAYLOAD_FILE to an endpoint that "sagemaker-pipe serve" has started, as InvokeEndpoint does, and writes the answer to stdout as it comes.',
    )
    .usage('[options] PAYLOAD_FILE')
    .argument('<PAYLOAD_FILE>', 'what to send; "-" is the standard input')
    .addHelpText('after', INVOKE_HELP)
    .action(actions.invoke);
  withHelp(withInvokeOptions(invoke));

  const transform = program
    .command('transform')
    .summary('transform a batch')
    .description(
      'Runs the batch transform of JOB_FILE as SageMaker does, with containers of the image, or PROGRAM instead: serves the model, sends it every object of the input, in payloads, and writes what it answers into one .out for each object.',
    )
    .usage('[options] JOB_FILE [-- PROGRAM …]')
    .argument('<JOB_FILE>', 'a request as for CreateTransformJob, in JSON or YAML; "-" is the standard input')
    .addHelpText('after', TRANSFORM_HELP)
    .action(actions.transform);
  withHelp(withS3Access(withTransformOptions(transform)));

  program
    .command('completion')
    .summary('print a completion script for a shell')
    .description(
      'Prints a script by which bash, zsh or fish completes commands, options and their values. In the file that your shell reads when it starts: source <(sagemaker-pipe completion bash)',
    )
    .usage('SHELL')
    .addArgument(new Argument('<SHELL>').choices(SHELLS))
    .helpOption('-h, --help', 'show this help')
    .action((shell: Shell) => void process.stdout.write(completionScript(program, shell)));

  program
    .command('help')
    .summary('show the help of a command')
    .usage('[COMMAND]')
    .argument('[COMMAND]')
    .helpOption(false)
    .action((name?: string) => showHelp(program, name));
  return program;
}

function withHelp(command: Command): Command {
  return command
    .helpOption('-h, --help', 'show this help')
    .showHelpAfterError(`Try "sagemaker-pipe ${command.name()} --help".`);
}

/** A name that is not there is what it would be as a command: an error, with the nearest name that is. */
async function showHelp(program: Command, name: string | undefined): Promise<void> {
  const command = name === undefined ? program : program.commands.find((each) => each.name() === name);
  if (command) command.help();
  else await program.parseAsync([name!], { from: 'user' });
}

function parseDirectory(text: string): string {
  if (!isS3(text)) return text;
  throw new InvalidArgumentError(
    'Expected a local directory. For S3, run "sagemaker-pipe channel" per channel.',
  );
}

function version(): string {
  const load = createRequire(import.meta.url);
  return (load('sagemaker-pipe-mode/package.json') as { version: string }).version;
}
