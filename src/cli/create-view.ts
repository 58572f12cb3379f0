import { isatty } from 'node:tty';

import createDebug from 'debug';

import { isInBackground } from './background.js';
import { type EventFields, EventView } from './event-view.js';
import type { Feed } from './feed.js';
import { formatJson, formatRecord } from './format.js';
import { LiveView } from './live-view.js';
import type { View } from './view.js';

/** How to show channels. */
export interface ViewOptions {
  /** Show events as JSON. */
  readonly json: boolean;
  /** Where lines for events go. Default stdout. */
  readonly output?: NodeJS.WritableStream;
  /** A last line below the channels on a terminal. */
  readonly footer?: () => string;
}

/** The view that suits where the output goes, or that was asked for. */
export function createView(
  feeds: readonly Feed[],
  { json, output = process.stdout, footer }: ViewOptions,
): View {
  const write = (line: string) => void output.write(`${line}\n`);
  if (json) return new EventView(feeds, (event, fields) => write(jsonLine(event, fields)));
  if (isWatched()) return new LiveView(feeds, process.stdout, footer);
  return new EventView(feeds, (event, fields) => write(plainLine(event, fields)));
}

export function jsonLine(event: string, fields: EventFields): string {
  return formatJson({ time: new Date().toISOString(), event, ...fields });
}

/** Without messages: they go to stderr, for people. */
function plainLine(event: string, { message: _, ...fields }: EventFields): string {
  return formatRecord(event, fields);
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
