import type { RequestProblem } from '../../errors.js';
import { JsonPath, type JsonPathProblem } from '../json-path.js';
import { missing, refused, unexpected } from '../problems.js';
import type { TransformRequestAsText } from '../transform-request.js';
import type { Draft } from './rule.js';

/** A request whose members are what they have to be, as far as they are there. */
export type TransformDraft = Draft<TransformRequestAsText>;

/** What the rules have to know besides. */
export interface TransformContext {
  readonly sharesPort: boolean;
}

/** API reference, CreateTransformJob: "The value of MaxPayloadInMB cannot be greater than 100 MB." */
export const MOST_MB = 100;

/** What data is in that can be filtered (Developer Guide, Associate Prediction Results with Input Records). */
const PROCESSED = ['text/csv', 'application/json', 'application/jsonlines'];

/** What a header can have. */
const PRINTABLE = /^[\t\x20-\x7e]*$/;

/** What is wrong with a request, although each of its members is what it has to be. */
export function* checkTransform(
  request: TransformDraft,
  { sharesPort }: TransformContext,
): Iterable<RequestProblem> {
  yield* payload(request);
  yield* oneOnPort(request, sharesPort);
  yield* someList(request);
  yield* outputElsewhere(request);
  yield* headers(request);
  if (isProcessed(request)) yield* processing(request);
}

/**
 * API reference, CreateTransformJob: no more than 100 MB; and "if you specify the MaxConcurrentTransforms parameter, the value
 * of (MaxConcurrentTransforms * MaxPayloadInMB) also cannot exceed 100 MB".
 */
function* payload({ MaxPayloadInMB: mb, MaxConcurrentTransforms: atOnce }: TransformDraft) {
  if (mb === undefined) return;
  if (mb > MOST_MB) yield unexpected('MaxPayloadInMB', mb, `an integer from 0 to ${MOST_MB}`);
  else if (atOnce !== undefined && atOnce * mb > MOST_MB) {
    const reason = `${atOnce} (MaxConcurrentTransforms) times ${mb} (MaxPayloadInMB) is ${atOnce * mb}, and they cannot exceed ${MOST_MB} MB together.`;
    yield refused('MaxConcurrentTransforms', atOnce, reason);
  }
}

/** Two servers cannot listen to the same port of one machine. */
function* oneOnPort({ TransformResources: resources }: TransformDraft, sharesPort: boolean) {
  const count = resources?.InstanceCount ?? 1;
  if (!sharesPort || !(count > 1)) return;
  const reason = "with `isolation: 'none'` there is one port 8080 for all. Ask for one instance.";
  yield refused('TransformResources.InstanceCount', count, reason);
}

/** API reference, TransformS3DataSource: AugmentedManifestFile is "not compatible". */
function* someList({ TransformInput: input }: TransformDraft) {
  const type = input?.DataSource?.S3DataSource?.S3DataType;
  if (type !== 'AugmentedManifestFile' && type !== 'Converse') return;
  const reason = 'a batch transform takes S3Prefix and ManifestFile only.';
  yield refused('TransformInput.DataSource.S3DataSource.S3DataType', type, reason);
}

/** The next job would take its outputs for input. */
function* outputElsewhere({ TransformInput: input, TransformOutput: output }: TransformDraft) {
  const { S3DataType: type = 'S3Prefix', S3Uri: from } = input?.DataSource?.S3DataSource ?? {};
  const to = output?.S3OutputPath;
  if (type !== 'S3Prefix' || typeof from !== 'string' || typeof to !== 'string') return;
  if (from.replace(/\/*$/, '') !== to.replace(/\/*$/, '')) return;
  const reason =
    'the input is there: the next job would take outputs for input. Choose another place, or one below it.';
  yield refused('TransformOutput.S3OutputPath', to, reason);
}

function* headers({ TransformInput: input, TransformOutput: output }: TransformDraft) {
  const given = {
    'TransformInput.ContentType': input?.ContentType,
    'TransformOutput.Accept': output?.Accept,
  };
  for (const [path, value] of Object.entries(given)) {
    if (typeof value !== 'string' || PRINTABLE.test(value)) continue;
    yield unexpected(path, value, 'printable ASCII, as it is sent in a header');
  }
}

/** Whether anything is filtered or joined. */
export function isProcessed({ DataProcessing: processing }: Pick<TransformDraft, 'DataProcessing'>): boolean {
  const { InputFilter = '$', OutputFilter = '$', JoinSource = 'None' } = processing ?? {};
  return InputFilter !== '$' || OutputFilter !== '$' || JoinSource !== 'None';
}

/** Developer Guide, Associate Prediction Results with Input Records, "Use Data Processing in Batch Transform Jobs". */
function* processing(request: TransformDraft) {
  const { TransformInput: input, TransformOutput: output, DataProcessing, MaxPayloadInMB } = request;
  const sent = yield* processedType('TransformInput.ContentType', input?.ContentType);
  const answered = yield* processedType('TransformOutput.Accept', output?.Accept);
  const isCsv = sent === 'text/csv';
  if (sent !== undefined && answered !== undefined && isCsv !== (answered === 'text/csv')) {
    const reason = `it has to be of the same kind as TransformInput.ContentType, which is ${sent}: rows of CSV, or JSON.`;
    yield refused('TransformOutput.Accept', answered, reason);
  }
  const split = input?.SplitType ?? 'None';
  const assembled = output?.AssembleWith ?? 'None';
  if (split !== 'Line' && (isCsv || split !== 'None'))
    yield refused('TransformInput.SplitType', split, `DataProcessing of ${sent ?? 'it'} needs Line.`);
  if (isCsv && assembled !== 'Line')
    yield refused('TransformOutput.AssembleWith', assembled, 'DataProcessing of text/csv needs Line.');
  if (MaxPayloadInMB === 0) {
    const reason =
      'a payload without a bound is passed on as it comes, and DataProcessing looks into it. Give it a bound.';
    yield refused('MaxPayloadInMB', MaxPayloadInMB, reason);
  }
  for (const name of ['InputFilter', 'OutputFilter'] as const)
    yield* filter(`DataProcessing.${name}`, DataProcessing?.[name], isCsv);
}

function* processedType(path: string, value: unknown): Generator<RequestProblem, string | undefined> {
  if (value === undefined) {
    yield missing(path, `DataProcessing needs one of ${PROCESSED.join(', ')}.`);
    return undefined;
  }
  const type = typeof value === 'string' ? mediaType(value) : '';
  if (PROCESSED.includes(type)) return type;
  yield unexpected(path, value, `one of ${PROCESSED.join(', ')}`, 'DataProcessing knows no others.');
  return undefined;
}

/** Without its parameters. */
export function mediaType(contentType: string): string {
  return contentType.split(';')[0]!.trim().toLowerCase();
}

function* filter(path: string, text: string | undefined, isCsv: boolean) {
  if (text === undefined || text === '$') return;
  try {
    const { isOfRows } = new JsonPath(text);
    if (isCsv && !isOfRows)
      yield refused(
        path,
        text,
        'columns of CSV are selected by their numbers, such as $[0], $[1:], $[0,-1].',
      );
  } catch (error) {
    const { message } = error as JsonPathProblem;
    yield refused(path, text, `it is no JSONPath of the kind that the service knows: ${message}.`);
  }
}
