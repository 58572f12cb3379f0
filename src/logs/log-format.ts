import type { LogBatch } from './log-batch.js';
import type { LogEvent, LogStreamName } from './log-event.js';

/**
 * A line as container runtimes keep it (Kubernetes' CRI logging format), so that other tools read it:
 * `2026-01-31T12:00:00.000Z stdout F text`, with `P` for a part of a line.
 */
const LINE = /^(\S+) (stdout|stderr) ([FP]) (.*)$/s;

/** Lines that came at the same time. */
export function formatLines({ lines, stream, time }: LogBatch): string {
  const prefix = `${time.toISOString()} ${stream}`;
  const [part, whole] = [`${prefix} P `, `${prefix} F `];
  let text = '';
  for (const line of lines) text += (line.continues ? part : whole) + line.text + '\n';
  return text;
}

/** `undefined` for what is no such line. */
export function parseLine(line: string, host: string): LogEvent | undefined {
  const found = LINE.exec(line);
  if (found === null) return undefined;
  const [, time, stream, tag, text] = found;
  return {
    time: new Date(time!),
    host,
    stream: stream as LogStreamName,
    text: text!,
    continues: tag === 'P',
  };
}
