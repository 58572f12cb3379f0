/**
 * A pattern of AWS's model, which is a regular expression of Java that holds for the whole string, as one of JavaScript.
 * Nearly everything in it means the same to both, but `.`, `\s` and `\S` do not, and `\p{Alnum}`, `\p{Print}`, `\A` and
 * `\z` are Java's alone.
 */
export function compilePattern(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const expression = new RegExp(`^(?:${translate(pattern)})$`, 'u');
  compiled.set(pattern, expression);
  return expression;
}

const compiled = new Map<string, RegExp>();

/** What Java means by it, as it is written in a class. */
const IN_CLASS: Readonly<Record<string, string>> = {
  '\\s': ' \\t-\\r',
  '\\S': '\\0-\\u0008\\u000e-\\u001f!-\\u{10ffff}',
  '\\p{Alnum}': 'a-zA-Z0-9',
  '\\p{Print}': ' -~',
};

/** The beginning and the end of the whole string. */
const ANCHORS: Readonly<Record<string, string>> = { '\\A': '^', '\\z': '$' };

/** Anything but the end of a line, which in Java is also U+0085. */
const DOT = '[^\\n\\r\\u0085\\u2028\\u2029]';

/** An escape, or one character. */
const TOKEN = /\\p\{\w+\}|\\.|[^]/gu;

function translate(pattern: string): string {
  let isInClass = false;
  return pattern.replace(TOKEN, (token) => {
    if (token === '[') isInClass = true;
    if (token === ']') isInClass = false;
    if (token === '.' && !isInClass) return DOT;
    const members = IN_CLASS[token];
    if (members === undefined) return ANCHORS[token] ?? token;
    return isInClass ? members : `[${members}]`;
  });
}
