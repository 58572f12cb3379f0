import type { RequestProblem } from '../../errors.js';
import type { ChannelDefinition } from '../channel-definition.js';
import type { CreateTrainingJobRequest } from '../create-training-job.js';
import type { AsText } from '../location.js';

/**
 * What one thing in a request says about another: no model has these rules. Each names where AWS says so, or what the
 * service answers. A problem where the model has found one already is left out: rules need not look for that.
 */
export type RequestRule = (request: RequestDraft, context: RuleContext) => Iterable<RequestProblem>;

/** The same for one channel. */
export type ChannelRule = (channel: ChannelDraft, path: string, mode: string) => Iterable<RequestProblem>;

/** What the rules have to know besides. */
export interface RuleContext {
  /** Whether to demand what AWS demands, and not only what is needed here. */
  readonly strict: boolean;
  /** Whether it is known from elsewhere what to run. */
  readonly hasCommand: boolean;
  /** The names of the channels whose data is known from elsewhere. */
  readonly withSource: ReadonlySet<string>;
}

/** Whatever is there has the right kind, but nothing needs to be there. */
export type Draft<T> = T extends string
  ? T
  : T extends readonly (infer Element)[]
    ? readonly Draft<Element>[]
    : T extends object
      ? { readonly [Member in keyof T]?: Draft<T[Member]> }
      : T;

export type RequestDraft = Draft<AsText<CreateTrainingJobRequest>>;
export type ChannelDraft = Draft<AsText<ChannelDefinition>>;
