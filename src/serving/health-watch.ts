import type { LastPing } from './health.js';

/** How often in a row `/ping` has to fail until a server is unhealthy: our choice, AWS does not say. */
const MOST_FAILURES = 3;

/** Node's timers fire at once beyond this: 25 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How to look after a server in service. */
export interface HealthWatchParts {
  /** How long to wait between two pings, in milliseconds; `Infinity` for none at all. */
  readonly everyMs: number;
  readonly ping: () => Promise<LastPing>;
  /** Whether the server has something to do, so that it is no wonder if it does not answer in time. */
  readonly isBusy: () => boolean;
  /** Called once, with the last of the pings. */
  readonly onUnhealthy: (last: LastPing) => void;
}

/** Asks a server in service `/ping` again and again. The result ends that. Nobody is kept alive by it. */
export function watchHealth({ everyMs, ping, isBusy, onUnhealthy }: HealthWatchParts): () => void {
  let isOver = everyMs === Infinity;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  const wait = () => {
    if (isOver) return;
    timer = setTimeout(() => void look(), Math.min(everyMs, LONGEST_TIMER_MS)).unref();
  };
  const look = async () => {
    const last = await ping();
    if (isOver) return;
    if (last.isHealthy) failures = 0;
    else if (!mayBeInQueue(last) || !isBusy()) failures++;
    if (failures === MOST_FAILURES) onUnhealthy(last);
    else wait();
  };
  wait();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** Whether it has come to nothing because others were before it: the pings before it, too, wait to be accepted. */
function mayBeInQueue({ kind }: LastPing): boolean {
  return kind === 'late' || kind === 'notAccepted';
}
