const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * How the value of a member of a JSON object is written in it: parsing would make `1.0` a `1`, and lose the digits of
 * large numbers.
 *
 * @param json - has to be a JSON object, with that member; of several, the last one counts, as when it is parsed
 */
export function memberText(json: string, name: string): string {
  let found = '';
  let at = json.indexOf('{') + 1;
  for (;;) {
    const keyStart = json.indexOf('"', at);
    if (keyStart < 0) return found;
    const keyEnd = endOfString(json, keyStart);
    const valueStart = json.indexOf(':', keyEnd) + 1;
    const valueEnd = endOfValue(json, valueStart);
    if (isName(json, keyStart, keyEnd, name)) found = json.slice(valueStart, valueEnd).trim();
    if (json.charAt(valueEnd) === '}') return found;
    at = valueEnd + 1;
  }
}

/** Most names are written as they are, and need not be parsed. */
function isName(json: string, start: number, end: number, name: string): boolean {
  if (end - start === name.length + 2 && json.startsWith(name, start + 1) && !name.includes('\\'))
    return true;
  const backslash = json.indexOf('\\', start);
  return backslash >= 0 && backslash < end && JSON.parse(json.slice(start, end)) === name;
}

/** The place of the comma or the brace behind a value. */
function endOfValue(json: string, start: number): number {
  let depth = 0;
  for (let at = start; ;) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) {
      at = endOfString(json, at);
      continue;
    }
    const character = json.charAt(at);
    if (depth === 0 && (character === ',' || character === '}')) return at;
    if (character === '{' || character === '[') depth++;
    if (character === '}' || character === ']') depth--;
    at++;
  }
}

/** The place behind the quote that ends a string. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; ; at++) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) return at + 1;
    if (unit === BACKSLASH) at++;
  }
}
