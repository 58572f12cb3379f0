import { createRequire } from 'node:module';

import { Command, InvalidArgumentError, Option } from 'commander';

import { isS3 } from '../options/s3-form.js';
import { printable } from '../printable.js';
import { AGENT_HELP, CHANNEL_HELP, PROGRAM_HELP } from './help.js';

/** The options of the commands: those of `channel`, of which `agent` has all but `--request-payer`. */
export interface StreamOptions {
  readonly gunzip?: true;
  readonly recordio?: true;
  readonly epochs?: number;
  readonly requestPayer?: 'requester';
  readonly exitOnFailure?: true;
  readonly debug?: true;
}

/** What the commands do. */
export interface Actions {
  readonly channel: (name: string, source: string, dest: string, options: StreamOptions) => Promise<void>;
  readonly agent: (source: string, dest: string, options: StreamOptions) => Promise<void>;
}

/** The command line: its commands, their arguments and options, and what `--help` says. */
export function createProgram(actions: Actions): Command {
  const program = new Command('sagemaker-pipe')
    .description("Streams data into named pipes, as SageMaker Training's Pipe mode does.")
    .usage('COMMAND [options] …')
    .version(version(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [COMMAND]', 'show the help of a command')
    .configureHelp({ subcommandTerm: (command) => `${command.name()} ${command.usage()}` })
    .configureOutput({
      outputError: (text, write) => write(printable(text.replace(/^error: /, 'sagemaker-pipe: '))),
    })
    .exitOverride()
    .addHelpText('after', PROGRAM_HELP);

  withStreamOptions(program.command('channel'))
    .summary('stream one channel')
    .description(
      'Streams SRC into DEST/CHANNEL_NAME_0, DEST/CHANNEL_NAME_1 and so on, one named pipe per epoch.',
    )
    .usage('[options] CHANNEL_NAME SRC DEST')
    .argument('<CHANNEL_NAME>', '1 to 64 of A-Z, a-z, 0-9, ".", "-" and "_"')
    .argument('<SRC>', 'a file, a directory, or s3://BUCKET/PREFIX (every key that begins with it)')
    .argument('<DEST>', 'the directory of the pipes; /opt/ml/input/data in a SageMaker container')
    .addOption(
      new Option(
        '--request-payer <PAYER>',
        'as the AWS CLI has it: agree to pay for what is read of a requester-pays bucket',
      ).choices(['requester']),
    )
    .addHelpText('after', CHANNEL_HELP)
    .action(actions.channel);

  withStreamOptions(program.command('agent'))
    .summary('stream all subdirectories as channels')
    .description(
      'Streams every subdirectory of SRC_DATA (1 to 20) as the channel of that name: SRC_DATA/train into DEST/train_0, DEST/train_1 and so on.',
    )
    .usage('[options] SRC_DATA DEST')
    .argument('<SRC_DATA>', 'a directory whose subdirectories are the channels', parseDirectory)
    .argument('<DEST>', 'the directory of the pipes; /opt/ml/input/data in a SageMaker container')
    .addHelpText('after', AGENT_HELP)
    .action(actions.agent);

  return program;
}

function withStreamOptions(command: Command): Command {
  return command
    .option('-x, --gunzip', 'decompress every object, as CompressionType Gzip does')
    .option('-r, --recordio', 'make every object one RecordIO record, as RecordWrapperType RecordIO does')
    .option('--epochs <N>', 'end after N epochs (default: endless, as in the cloud)', parseEpochs)
    .option('--exit-on-failure', 'after a failure, exit at once instead of holding the reader')
    .option('-d, --debug', 'tell on stderr what happens inside; no live view')
    .helpOption('-h, --help', 'show this help')
    .showHelpAfterError(`Try "sagemaker-pipe ${command.name()} --help".`);
}

function parseEpochs(text: string): number {
  const epochs = Number(text);
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(epochs)) return epochs;
  throw new InvalidArgumentError('Expected a whole number from 1 up.');
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
