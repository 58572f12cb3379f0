import type { EpochReading } from '../../delivery/epoch-readings.js';

/** Whether nobody has read a byte of an epoch that had some, or that was left before it came. */
export function isUntouched({ bytes, unread, isExact, outcome }: EpochReading): boolean {
  if (!isExact) return false;
  return bytes === 0 ? outcome !== 'complete' : unread === bytes;
}

/** Whether something of an epoch was read, and something was there that was not. */
export function isCutShort({ bytes, unread, isExact }: EpochReading): boolean {
  return unread !== undefined && unread > 0 && (bytes > unread || !isExact);
}
