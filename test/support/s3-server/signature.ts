import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { S3Failure } from './failure.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/**
 * Verifies the signature of a request (version 4, in the header), apart from the digest of its body.
 *
 * @returns the region that the request was signed for
 */
export function verifySignature(
  request: IncomingMessage,
  { accessKeyId, secretAccessKey }: Credentials,
): string {
  const match = AUTHORIZATION.exec(request.headers.authorization ?? '');
  if (!match) throw new S3Failure(403, 'AccessDenied', 'Access Denied');
  const [, id, date, region, signedHeaders, signature] = match as unknown as string[];
  if (id !== accessKeyId) {
    const message = 'The AWS Access Key Id you provided does not exist in our records.';
    throw new S3Failure(403, 'InvalidAccessKeyId', message, { AWSAccessKeyId: id! });
  }
  const scope = `${date}/${region}/s3/aws4_request`;
  const toSign = [
    'AWS4-HMAC-SHA256',
    header(request, 'x-amz-date'),
    scope,
    sha256(canonical(request, signedHeaders!)),
  ];
  const key = [date!, region!, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  if (hmac(key, toSign.join('\n')).toString('hex') !== signature) {
    const message = 'The request signature we calculated does not match the signature you provided.';
    throw new S3Failure(403, 'SignatureDoesNotMatch', message);
  }
  return region!;
}

function canonical(request: IncomingMessage, signedHeaders: string): string {
  const [path = '/', query = ''] = request.url!.split('?');
  const parameters = query
    .split('&')
    .filter(Boolean)
    .map((parameter) => (parameter.includes('=') ? parameter : `${parameter}=`))
    .sort((a, b) => (a < b ? -1 : 1));
  const headers = signedHeaders
    .split(';')
    .map((name) => `${name}:${header(request, name).trim().replace(/ +/g, ' ')}\n`);
  return [
    request.method,
    path,
    parameters.join('&'),
    headers.join(''),
    signedHeaders,
    header(request, 'x-amz-content-sha256'),
  ].join('\n');
}

function header(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? '');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
