import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Isolation } from 'sagemaker-pipe-mode/serving';

import type { EndpointOverrides } from './endpoint-request.js';
import { collect, parseCount, parseSeconds, type S3Flags } from './options.js';
import type { TransformOverrides } from './transform-request.js';

/** What `serve` and `transform` have in common. */
interface ServerFlags extends Omit<S3Flags, 'requestPayer'> {
  readonly image?: string;
  readonly directory?: string;
  readonly isolation?: Isolation;
  readonly startupTimeout?: number;
  readonly connectTimeout?: number;
  readonly pingTimeout?: number;
  readonly stopGrace?: number;
  readonly json?: true;
  readonly debug?: true;
}

/** The options of `serve`. */
export interface ServeFlags extends ServerFlags, EndpointOverrides {
  readonly port?: number;
  readonly host?: string;
  readonly invocationTimeout?: number;
}

/** The options of `transform`. */
export interface TransformFlags extends ServerFlags, TransformOverrides {}

/** The options of `invoke`. Those that are headers have the names that `InvokeEndpoint` gives them. */
export interface InvokeFlags {
  readonly port?: number;
  readonly url?: string;
  readonly contentType?: string;
  readonly accept?: string;
  readonly customAttributes?: string;
  readonly targetModel?: string;
  readonly targetVariant?: string;
  readonly inferenceId?: string;
  readonly sessionId?: string;
  readonly include?: true;
}

export function withServeOptions(command: Command): Command {
  command
    .optionsGroup('The endpoint:')
    .option('--name <NAME>', 'its EndpointName, for clients that have to say it');
  withModelOptions(command)
    .option('--instances <N>', 'so many servers, instead of InitialInstanceCount', parseCount)
    .optionsGroup('Where to ask it:')
    .option('--port <PORT>', 'listen to it; 8080 if not given, 0 is any that is free', parsePort)
    .option('--host <ADDRESS>', 'of this machine; 127.0.0.1 if not given, 0.0.0.0 is all');
  withLimits(command)
    .option('--invocation-timeout <SECONDS>', 'to answer an invocation; 60 if not given', parseSeconds)
    .option('--stop-grace <SECONDS>', 'from SIGTERM to SIGKILL; 30 if not given', parseSeconds);
  return withReports(command);
}

export function withTransformOptions(command: Command): Command {
  withModelOptions(command.optionsGroup('The job:'));
  withLimits(command).option(
    '--stop-grace <SECONDS>',
    'from SIGTERM to SIGKILL; 1 if not given',
    parseSeconds,
  );
  return withReports(command);
}

function withModelOptions(command: Command): Command {
  return command
    .option('--image <IMAGE>', "run a container of it, instead of the request's or of a program")
    .option('--model <LOCATION>', "an archive or a directory: a path, s3://, file://; not JOB_FILE's")
    .option('--env <NAME=VALUE>', 'instead of what JOB_FILE says; may be given several times', collect)
    .option('--directory <DIR>', 'keep its files in this directory, which is new or empty')
    .addOption(
      new Option('--isolation <HOW>', 'what keeps the program apart; namespace if not given').choices([
        'namespace',
        'none',
      ]),
    );
}

function withLimits(command: Command): Command {
  return command
    .optionsGroup("Instead of SageMaker's limits:")
    .option('--startup-timeout <SECONDS>', 'until /ping answers 200; 480 if not given', parseSeconds)
    .option('--connect-timeout <SECONDS>', 'to accept a connection; 0.25 if not given', parseSeconds)
    .option('--ping-timeout <SECONDS>', 'to answer /ping; 2 if not given', parseSeconds);
}

function withReports(command: Command): Command {
  return command
    .optionsGroup('The command:')
    .option('--json', 'one JSON object per event and line on stdout; no live view')
    .option('-d, --debug', 'tell on stderr what happens inside; no live view');
}

export function withInvokeOptions(command: Command): Command {
  return command
    .optionsGroup('Whom to ask:')
    .option('--port <PORT>', 'of this machine; 8080 if not given', parsePort)
    .addOption(
      new Option('--url <URL>', 'somewhere else, such as http://10.0.0.7:8080')
        .argParser(parseUrl)
        .conflicts('port'),
    )
    .optionsGroup('What goes with it:')
    .option('--content-type <TYPE>', 'of PAYLOAD_FILE: text/csv, application/json …')
    .option('--accept <TYPE>', 'of the answer')
    .option('--custom-attributes <TEXT>', 'X-Amzn-SageMaker-Custom-Attributes')
    .option('--target-model <NAME>', 'X-Amzn-SageMaker-Target-Model')
    .option('--target-variant <NAME>', 'X-Amzn-SageMaker-Target-Variant')
    .option('--inference-id <ID>', 'X-Amzn-SageMaker-Inference-Id')
    .option('--session-id <ID>', 'X-Amzn-SageMaker-Session-Id')
    .optionsGroup('The command:')
    .option('-i, --include', "write the answer's headers before it");
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('Expected a port: 0 to 65535.');
}

function parseUrl(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('Expected a URL, such as http://127.0.0.1:8080.');
}
