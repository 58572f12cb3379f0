import prettyBytes from 'pretty-bytes';

const DIGIT = { minimumFractionDigits: 1, maximumFractionDigits: 1 };

/** `999 B`, `1.2 kB`, `34.5 MB`: powers of 1000, as the rates of disks and networks are given. */
export function formatBytes(bytes: number): string {
  return prettyBytes(bytes, bytes < 1000 ? { maximumFractionDigits: 0 } : DIGIT);
}

/** `28.7 MB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(Math.round(bytesPerSecond))}/s`;
}

/** `1 object`, `12,345 objects`. */
export function formatObjects(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'object' : 'objects'}`;
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

/** One line for programs: a word, then `name=value` pairs; a value with anything unusual in it is a JSON string. */
export function formatRecord(event: string, fields: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(String(value))}`);
  return [event, ...pairs].join(' ');
}

function formatValue(value: string): string {
  if (/^[^\s"=\\\p{C}]+$/u.test(value)) return value;
  return JSON.stringify(value).replace(/\p{C}/gu, (character) => {
    return Array.from({ length: character.length }, (_, index) => escapeUnit(character, index)).join('');
  });
}

function escapeUnit(character: string, index: number): string {
  return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
}
