import { refused } from '../problems.js';
import type { RequestRule } from './rule.js';

/** API reference, Tag: "Tag keys must be unique per resource." */
export const distinctTags: RequestRule = function* ({ Tags = [] }) {
  const keys = Tags.map((tag) => tag.Key);
  for (const [index, key] of keys.entries()) {
    const other = keys.indexOf(key);
    if (typeof key !== 'string' || other === index) continue;
    yield refused(`Tags[${index}].Key`, key, `Tags[${other}] has the same key. Each may be there once.`);
  }
};
