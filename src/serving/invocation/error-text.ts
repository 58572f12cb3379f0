import { StringDecoder } from 'node:string_decoder';

import type { AnswerBody } from '../http/answer-body.js';

/** What a `ModelError` keeps of what the model has answered (AWS's model of the runtime API, `Message`). */
const LONGEST = 2048;

/** What a server says of an error. */
interface ErrorText {
  /** The first 2,048 characters, as far as they have come. */
  readonly text: string;
  /** There if the answer has broken off before it was known. */
  readonly failure: { readonly error: unknown } | undefined;
}

/** Reads no further than it takes: such an answer may be of any length, and need not end. */
export async function readErrorText(body: AnswerBody): Promise<ErrorText> {
  const decoder = new StringDecoder();
  let text = '';
  try {
    for await (const piece of body) {
      text += decoder.write(Buffer.from(piece));
      if (text.length >= LONGEST) return { text: text.slice(0, LONGEST), failure: undefined };
    }
    return { text: text + decoder.end(), failure: undefined };
  } catch (error) {
    return { text, failure: { error } };
  }
}
