import { counted } from '../../counted.js';
import { DOCUMENTATION } from './documentation.js';
import { isCutShort } from './epoch-readings-of.js';
import { hasEndedWell, type Look } from './finding.js';

/**
 * The reader that takes a short `read()` for the end, as with files. Whoever opens another epoch, or has seen the end of
 * one, knows what he does: early stops are legal.
 */
export const epochLeftEarly: Look = function* (evidence) {
  if (!hasEndedWell(evidence)) return;
  for (const { name, readings } of evidence.channels) {
    const [only, ...others] = readings;
    if (only === undefined || others.length > 0 || !isCutShort(only)) continue;
    const read = only.isExact
      ? `${counted(only.bytes - only.unread!, 'byte')} of ${name}_${only.epoch}`
      : `a part of ${name}_${only.epoch}`;
    yield {
      id: 'epoch-left-early',
      seen: `On ${evidence.host} the algorithm read ${read}, left it with more to come, and never read an epoch of channel "${name}" to its end.`,
      rule:
        'The data ends where read() gives nothing: one that gives less than was asked for only says that no more is there yet. ' +
        'To stop early is legal; if this was meant, there is nothing to do.',
      documentation: DOCUMENTATION.fifo,
    };
  }
};
