import type { RequestProblem } from '../../errors.js';
import type { EndpointRequest, LocalModelDataSource } from '../endpoint-request.js';
import type { AsText } from '../location.js';
import { missing, refused } from '../problems.js';
import type { Draft } from './rule.js';

/** A request whose members are what they have to be, as far as they are there. */
export type EndpointDraft = Draft<AsText<Omit<EndpointRequest, 'ModelDataUrl' | 'ModelDataSource'>>> & {
  readonly ModelDataUrl?: Exclude<EndpointRequest['ModelDataUrl'], URL>;
  readonly ModelDataSource?: Draft<AsText<LocalModelDataSource>>;
};

/** What the rules have to know besides. */
export interface EndpointContext {
  readonly hasCommand: boolean;
  readonly sharesPort: boolean;
}

/** What is wrong with a request, although each of its members is what it has to be. */
export function* checkEndpoint(request: EndpointDraft, context: EndpointContext): Iterable<RequestProblem> {
  yield* someImage(request, context);
  yield* oneModel(request);
  yield* whatIsNotHere(request);
  yield* oneOnPort(request, context);
}

function* someImage({ Image, ModelPackageName }: EndpointDraft, { hasCommand }: EndpointContext) {
  if (ModelPackageName !== undefined) {
    const reason = 'a model package cannot be had outside AWS. Name its image with Image, or give a command.';
    yield refused('ModelPackageName', ModelPackageName, reason);
  } else if (Image === undefined && !hasCommand) {
    yield missing('Image', 'Name an image, or give a command to run.');
  }
}

/** API reference, ContainerDefinition: the model is in one place. */
function* oneModel({ ModelDataUrl, ModelDataSource }: EndpointDraft) {
  if (ModelDataUrl === undefined || ModelDataSource === undefined) return;
  const reason = 'ModelDataUrl says where the model is already. Leave one of them out.';
  yield refused('ModelDataSource', ModelDataSource, reason);
}

/** What would be another endpoint than the one that is started here. */
function* whatIsNotHere({ Mode, AdditionalModelDataSources, ModelDataSource }: EndpointDraft) {
  if (Mode === 'MultiModel') {
    yield refused('Mode', Mode, 'endpoints with several models cannot be had here. Leave it out.');
  }
  if (AdditionalModelDataSources !== undefined && AdditionalModelDataSources.length > 0) {
    const reason = 'additional models cannot be had here. Put them into the model itself.';
    yield refused('AdditionalModelDataSources', AdditionalModelDataSources, reason);
  }
  const { S3DataType, CompressionType } = ModelDataSource?.S3DataSource ?? {};
  if (S3DataType === 'S3Prefix' && CompressionType === 'Gzip') {
    // API reference, S3ModelDataSource: with Gzip "S3DataType" has to be "S3Object".
    const reason = 'a prefix is no archive. With Gzip it has to be S3Object.';
    yield refused('ModelDataSource.S3DataSource.S3DataType', S3DataType, reason);
  }
}

/** Two servers cannot listen to the same port of one machine. */
function* oneOnPort({ InitialInstanceCount: count = 1 }: EndpointDraft, { sharesPort }: EndpointContext) {
  if (!sharesPort || !(count > 1)) return;
  const reason = "with `isolation: 'none'` there is one port 8080 for all. Ask for one instance.";
  yield refused('InitialInstanceCount', count, reason);
}
