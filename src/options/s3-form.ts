/** What names something in S3, and may be another form of it than `s3://`. */
const IN_S3 = /^(?:s3:|s3[an]:\/\/|arn:aws[a-z-]*:s3:)/i;

/** Whether it is meant to be in S3, also if it is no correct URI. */
export function isS3(location: string): boolean {
  return IN_S3.test(location) || ofHttps(location) !== undefined;
}

/**
 * The `s3://` URI of what names something in S3 in another way: a URL of its endpoints or its console, an ARN, `s3a://`,
 * or `s3://` with a slip. `undefined` if there is none, or if it is what was given.
 */
export function s3FormOf(location: string): string | undefined {
  const text = location.replace(/^s3:\/\/(?=arn:)/i, '');
  const form = ofArn(text) ?? ofHttps(text) ?? ofOtherScheme(text);
  return form === location ? undefined : form;
}

function ofArn(text: string): string | undefined {
  // A policy's `bucket/prefix*` is what we call `bucket/prefix`.
  const bucket = /^arn:aws[a-z-]*:s3:::([^/*]+(?:\/[^]*)?)$/.exec(text)?.[1];
  if (bucket !== undefined) return `s3://${bucket.replace(/\*$/, '')}`;
  return /^arn:aws[a-z-]*:s3:[a-z0-9-]*:\d{12}:accesspoint[/:]/.test(text) ? `s3://${text}` : undefined;
}

function ofOtherScheme(text: string): string | undefined {
  const rest = /^s3[an]?:\/{0,2}([^/][^]*)$/i.exec(text)?.[1];
  return rest === undefined ? undefined : `s3://${rest}`;
}

const ENDPOINT =
  /^(?:(.+)\.)?s3(?!-(?:accesspoint|control|object-lambda|outposts))(?:[.-][a-z0-9.-]+)?\.amazonaws\.com(?:\.cn)?$/;
const CONSOLE = /^(?:.+\.)?console\.(?:aws\.amazon\.com|amazonaws\.cn)$/;

function ofHttps(text: string): string | undefined {
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return undefined;
  const { hostname, pathname, searchParams } = url;
  if (CONSOLE.test(hostname)) {
    const bucket = /^\/s3\/(?:buckets|object)\/([^/]+)/.exec(pathname)?.[1];
    return bucket === undefined ? undefined : `s3://${bucket}/${searchParams.get('prefix') ?? ''}`;
  }
  const endpoint = ENDPOINT.exec(hostname);
  if (!endpoint) return undefined;
  const path = decoded(pathname.slice(1));
  if (endpoint[1] !== undefined) return `s3://${endpoint[1]}/${path}`;
  return path === '' ? undefined : `s3://${path}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
