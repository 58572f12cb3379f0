import type { BodyPart, LocalPart } from './body.js';

/** Whether a part is on this machine, so that a thread of ours can read it. */
export function isLocal(part: BodyPart): part is LocalPart {
  return !('fetch' in part);
}

/** Whether all of them are. */
export function areLocal(parts: readonly BodyPart[]): parts is readonly LocalPart[] {
  return parts.every(isLocal);
}
