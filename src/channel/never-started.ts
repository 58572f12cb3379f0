import { PipeModeError } from '../errors.js';
import { firstCallerOf, type Mark } from './made-at.js';

/** After how long a channel that somebody waits for, and that was not started, is worth a word, in milliseconds. */
const WORD_AFTER_MS = 1000;

interface Waiting {
  readonly subject: string;
  readonly made: Mark;
  readonly isIdle: () => boolean;
  readonly reject: (error: PipeModeError) => void;
}

/** Everything whose end is waited for and that has not been started. */
const waiting = new Set<Waiting>();

/**
 * The same promise, of how something ends that is idle. If it has not been started when the event loop would end, it
 * rejects: Node would end the process without a word. After a second there is a warning: in a test, the loop does not end.
 *
 * @param subject - what it is, to begin a sentence with
 * @param made - where it was made
 */
export function unlessNeverStarted(
  end: Promise<void>,
  subject: string,
  made: Mark,
  isIdle: () => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const entry: Waiting = { subject, made, isIdle, reject };
    const timer = setTimeout(() => isIdle() && process.emitWarning(notStarted(entry)), WORD_AFTER_MS).unref();
    const settle = () => {
      clearTimeout(timer);
      waiting.delete(entry);
      if (waiting.size === 0) process.off('beforeExit', rejectIdle);
    };
    if (waiting.size === 0) process.on('beforeExit', rejectIdle);
    waiting.add(entry);
    end.finally(settle).then(resolve, reject);
  });
}

function rejectIdle(): void {
  const idle = [...waiting].filter(({ isIdle }) => isIdle());
  for (const entry of idle) {
    waiting.delete(entry);
    entry.reject(new PipeModeError('INVALID_STATE', notStarted(entry)));
  }
  if (waiting.size === 0) process.off('beforeExit', rejectIdle);
  // Whoever hears of it may wait for another one: the loop turns once more, and ends once more.
  if (idle.length > 0) setImmediate(() => undefined);
}

function notStarted({ subject, made }: Waiting): string {
  const where = firstCallerOf(made);
  return `${subject} has not been started, and finished() waits for its end: call start() first. It was made ${where}.`;
}
