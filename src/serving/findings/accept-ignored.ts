import { DOCUMENTATION } from './documentation.js';
import type { Look } from './evidence.js';

/** Whoever reads the answer takes it for what was asked for. */
export const acceptIgnored: Look = function* ({ instance, otherType }) {
  if (otherType === undefined) return;
  const { accept, contentType } = otherType;
  yield {
    id: 'accept-ignored',
    seen: `On ${instance} an invocation with Accept "${accept}" was answered with success and "${contentType}".`,
    rule: 'Accept is the kind of answer that is wanted. Answer in that, or with status 406.',
    documentation: DOCUMENTATION.invocation,
  };
};

/** Whether an answer is of none of the kinds that were asked for. Parameters such as `charset` do not count. */
export function isOtherType(accept: string, contentType: string): boolean {
  const type = bare(contentType);
  return !accept.split(',').some((range) => matches(bare(range), type));
}

function matches(range: string, type: string): boolean {
  if (range === '' || range === '*' || range === '*/*' || range === type) return true;
  const [kind, subtype = ''] = range.split('/');
  const isSameKind = type.startsWith(`${kind}/`);
  return isSameKind && (subtype === '*' || type.endsWith(`+${subtype}`));
}

function bare(type: string): string {
  return type.split(';')[0]!.trim().toLowerCase();
}
