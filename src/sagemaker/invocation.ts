// Generated from AWS's model of the API (botocore, Apache-2.0) by scripts/generate-sagemaker.ts: change it there, and
// run `npx tsx scripts/generate-sagemaker.ts MODEL`.

import type { StringShape } from './shape.js';

/** What a payload may have, of an invocation or its answer, in bytes. */
export const MOST_PAYLOAD_BYTES = 6291456;

/** The headers that a server gets with an invocation, by what InvokeEndpoint calls them. */
// prettier-ignore
export const INVOCATION_HEADERS = {
  ContentType: { header: 'Content-Type', shape: { type: 'string', pattern: '\\p{ASCII}*', max: 1024 } },
  Accept: { header: 'Accept', shape: { type: 'string', pattern: '\\p{ASCII}*', max: 1024 } },
  CustomAttributes: { header: 'X-Amzn-SageMaker-Custom-Attributes', shape: { type: 'string', pattern: '\\p{ASCII}*', max: 1024 } },
  TargetModel: { header: 'X-Amzn-SageMaker-Target-Model', shape: { type: 'string', pattern: '\\A\\S[\\p{Print}]*\\z', min: 1, max: 1024 } },
  TargetVariant: { header: 'X-Amzn-SageMaker-Target-Variant', shape: { type: 'string', pattern: '^[a-zA-Z0-9](-*[a-zA-Z0-9])*', max: 63 } },
  TargetContainerHostname: { header: 'X-Amzn-SageMaker-Target-Container-Hostname', shape: { type: 'string', pattern: '^[a-zA-Z0-9](-*[a-zA-Z0-9])*', max: 63 } },
  InferenceId: { header: 'X-Amzn-SageMaker-Inference-Id', shape: { type: 'string', pattern: '\\A\\S[\\p{Print}]*\\z', min: 1, max: 64 } },
  EnableExplanations: { header: 'X-Amzn-SageMaker-Enable-Explanations', shape: { type: 'string', pattern: '.*', min: 1, max: 64 } },
  InferenceComponentName: { header: 'X-Amzn-SageMaker-Inference-Component', shape: { type: 'string', pattern: '^[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?$', max: 63 } },
  SessionId: { header: 'X-Amzn-SageMaker-Session-Id', shape: { type: 'string', pattern: '^(NEW_SESSION)$|^[a-zA-Z0-9](-*[a-zA-Z0-9])*$', max: 256 } },
} satisfies Readonly<Record<string, { readonly header: string; readonly shape: StringShape }>>;

/** The headers of a server's answer that are passed on, in lower case. */
export const ANSWER_HEADERS = {
  ContentType: 'content-type',
  InvokedProductionVariant: 'x-amzn-invoked-production-variant',
  CustomAttributes: 'x-amzn-sagemaker-custom-attributes',
  NewSessionId: 'x-amzn-sagemaker-new-session-id',
  ClosedSessionId: 'x-amzn-sagemaker-closed-session-id',
} as const;
