import prettyBytes from 'pretty-bytes';

const DIGIT = { minimumFractionDigits: 1, maximumFractionDigits: 1 };

/** `999 B`, `1.2 kB`, `34.5 MB`: powers of 1000, as the rates of disks and networks are given. */
export function formatBytes(bytes: number): string {
  return prettyBytes(bytes, bytes < 1000 ? { maximumFractionDigits: 0 } : DIGIT);
}

/** `5.2 of 80.0 MB`: of what is known to come, in one unit. */
export function formatProgress(bytes: number, total: number | undefined): string {
  if (total === undefined || total === 0 || bytes > total) return formatBytes(bytes);
  const scale = 1000 ** Math.floor(Math.log10(total) / 3);
  const done = scale === 1 ? String(bytes) : (Math.floor((bytes / scale) * 10) / 10).toFixed(1);
  return `${done} of ${formatBytes(total)}`;
}

/** `28.7 MB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(Math.round(bytesPerSecond))}/s`;
}

/** `8 ms`, `1.2 s`, `2 min 5 s`, `1 h 0 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `0.8 ms`, `12 ms`, `1.2 s`: of what takes moments. */
export function formatLatency(milliseconds: number): string {
  return milliseconds < 9.95 ? `${milliseconds.toFixed(1)} ms` : formatDuration(milliseconds);
}

/** `, 12 s`, with what goes before it; nothing below a second. In whole seconds, so that the eye is left in peace. */
export function formatWait(milliseconds: number, before: string): string {
  if (milliseconds < 1000) return '';
  return (
    before + (milliseconds < 60_000 ? `${Math.floor(milliseconds / 1000)} s` : formatDuration(milliseconds))
  );
}

/** One line for programs: a word, then `name=value` pairs; a value with anything unusual in it is a JSON string. */
export function formatRecord(event: string, fields: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(String(value))}`);
  return [event, ...pairs].join(' ');
}

/** One line for programs: a JSON object. */
export function formatJson(fields: Readonly<Record<string, string | number>>): string {
  return escapeControls(JSON.stringify(fields));
}

function formatValue(value: string): string {
  if (/^[^\s"=\\\p{C}]+$/u.test(value)) return value;
  return escapeControls(JSON.stringify(value));
}

/** Of JSON, which lets some pass that a terminal would obey. */
function escapeControls(json: string): string {
  return json.replace(/[\p{C}\u2028\u2029]/gu, (character) => {
    return Array.from({ length: character.length }, (_, index) => escapeUnit(character, index)).join('');
  });
}

function escapeUnit(character: string, index: number): string {
  return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
}
