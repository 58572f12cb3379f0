import { describe, expect, test } from 'vitest';

import { TransferError, Retries } from '../../src/source/s3/retries.js';

const never = new AbortController().signal;

describe('retries', () => {
  test.each([
    [new TransferError('no byte came'), true],
    [Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), true],
    [Object.assign(new Error(), { name: 'InternalError', $metadata: { httpStatusCode: 500 } }), true],
    [Object.assign(new Error(), { name: 'RequestTimeTooSkewed', $metadata: { httpStatusCode: 403 } }), true],
    [new Error('wrapped', { cause: Object.assign(new Error(), { code: 'EPIPE' }) }), true],
    [Object.assign(new Error(), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }), false],
    [Object.assign(new Error(), { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } }), false],
    // As the SDK hands on what comes from Node when it runs under Jest.
    [new Error('AWS SDK error wrapper for TimeoutError: socket hang up'), true],
    [new Error('AWS SDK error wrapper for Error: connect ECONNREFUSED 127.0.0.1:1'), true],
    [new Error('AWS SDK error wrapper for Error: getaddrinfo EAI_AGAIN nowhere'), true],
    [new Error('AWS SDK error wrapper for AggregateError'), true],
    [new Error('AWS SDK error wrapper for Error: Parse Error: Expected HTTP/'), false],
    [new TypeError('a bug'), false],
  ])('%o: again is %s', async (error, again) => {
    expect(await new Retries(never).shouldRetry(error)).toBe(again);
  });

  test('end after some failures in a row, and begin anew after progress', async () => {
    const retries = new Retries(never);
    const failures = async () => {
      let count = 1;
      while (await retries.shouldRetry(new TransferError('broken'))) count++;
      return count;
    };
    const first = await failures();
    expect(await retries.shouldRetry(new TransferError('broken'))).toBe(false);
    retries.reset();
    expect(await failures()).toBe(first);
  });

  test('stop waiting when they are aborted, with the reason of the abort', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const again = new Retries(controller.signal).shouldRetry({ name: 'SlowDown' });
    controller.abort(reason);
    await expect(again).rejects.toBe(reason);
  });
});
