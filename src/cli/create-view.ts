import { isatty } from 'node:tty';

import createDebug from 'debug';
import type { Channel } from 'sagemaker-pipe-mode';

import { isInBackground } from './background.js';
import { LiveView } from './live-view.js';
import { PlainView } from './plain-view.js';
import type { View } from './view.js';

/** The view that suits where the output goes. */
export function createView(channels: readonly Channel[]): View {
  return isWatched()
    ? new LiveView(channels, process.stdout)
    : new PlainView(channels, (line) => process.stdout.write(`${line}\n`));
}

/**
 * Whether somebody looks at a terminal that is ours. In the background it belongs to whoever is in the
 * foreground, most likely to the algorithm; a job that a script put there has no terminal for its input.
 */
function isWatched(): boolean {
  const { CI, TERM } = process.env;
  const isAutomatic = CI !== undefined && CI !== '' && CI !== 'false' && CI !== '0';
  return (
    process.stdout.isTTY &&
    isatty(0) &&
    !isAutomatic &&
    TERM !== 'dumb' &&
    !isInBackground() &&
    !createDebug.enabled('sagemaker-pipe-mode:channel')
  );
}
