/** A message that may quote what a model has said, in one line. */
export function oneLine(message: string): string {
  return message.replaceAll(/\s*\n"/g, '"').replaceAll(/\s*\n\s*/g, ' ');
}
