import { isatty } from 'node:tty';

import createDebug from 'debug';

import { isInBackground } from './background.js';
import { type EventFields, EventView } from './event-view.js';
import type { Feed } from './feed.js';
import { formatJson, formatRecord } from './format.js';
import { LiveView } from './live-view.js';
import type { View } from './view.js';

/** The view that suits where the output goes, or that was asked for. */
export function createView(feeds: readonly Feed[], { json }: { readonly json: boolean }): View {
  if (json) return new EventView(feeds, printJson);
  return isWatched() ? new LiveView(feeds, process.stdout) : new EventView(feeds, printPlain);
}

function printJson(event: string, fields: EventFields): void {
  const line = formatJson({ time: new Date().toISOString(), event, ...fields });
  process.stdout.write(`${line}\n`);
}

/** Without messages: they go to stderr, for people. */
function printPlain(event: string, { message: _, ...fields }: EventFields): void {
  process.stdout.write(`${formatRecord(event, fields)}\n`);
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
