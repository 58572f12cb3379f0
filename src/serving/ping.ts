/** What a server has answered to `/ping`. */
export interface PingAnswer {
  /** 200 if it is ready. */
  readonly status: number;
  /** How long it took, from when it was sent, in milliseconds. */
  readonly ms: number;
  /** The body, the first 200 characters. */
  readonly text: string;
}

const LONGEST = 200;

/** The first characters of a body, as much as a message can take. */
export async function shortText(
  body: { readonly bytes: () => Promise<Buffer> },
  longest = LONGEST,
): Promise<string> {
  const text = (await body.bytes()).toString();
  return text.length > longest ? text.slice(0, longest) : text;
}

/** An answer in words. */
export function describePing({ status, ms, text }: PingAnswer): string {
  const said = text === '' ? '' : ` ${JSON.stringify(text)}`;
  return `${status}${said}, after ${Math.round(ms)} ms`;
}

/** What came instead of one, in words. */
export function describeNoPing(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED')
    return 'nobody listened to port 8080 (a server that listens to 127.0.0.1 only is not reached: it has to listen to 0.0.0.0)';
  return message;
}
