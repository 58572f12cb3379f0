/**
 * Shows the characters that a terminal obeys instead of showing them, such as `\\x1b` and `\\u202e`: C0, DEL, C1, and
 * what turns the direction of text. Keys, paths and what servers say may hold anything.
 */
const COMMANDS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Text on one line. */
export function printableLine(text: string): string {
  return text.replace(COMMANDS, escape);
}

/** Text of several lines, such as a stack trace. */
export function printable(text: string): string {
  return text.replace(COMMANDS, (character) =>
    character === '\n' || character === '\t' ? character : escape(character),
  );
}

function escape(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
}
