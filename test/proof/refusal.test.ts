import { type AnswerKind, type Provider, classifyAnswer } from '../../proof/refusal.ts';

describe('O6: an answer shows a refusal by authorization', () => {
  test.each<[Provider, number, string]>([
    ['aws', 403, 'AccessDenied'],
    ['r2', 403, 'AccessDenied'],
    ['b2', 403, 'AccessDenied'],
  ])('%s %d %s', (provider, status, code) => expect(classifyAnswer(provider, { status, code })).toBe('refused'));
});

describe('O6: an answer shows no refusal by authorization', () => {
  test.each<[Provider, number, string | undefined, AnswerKind]>([
    ['aws', 403, 'InvalidAccessKeyId', 'bad-credential'],
    ['aws', 403, 'SignatureDoesNotMatch', 'bad-credential'],
    ['aws', 403, 'RequestTimeTooSkewed', 'bad-credential'],
    ['aws', 400, 'ExpiredToken', 'bad-credential'],
    ['r2', 401, 'Unauthorized', 'bad-credential'],
    ['b2', 403, 'InvalidAccessKeyId', 'bad-credential'],
    ['r2', 403, 'ObjectLockedByBucketPolicy', 'other'],
    ['r2', 403, 'NotEntitled', 'other'],
    // The same code from another provider, or with another status, means nothing known.
    ['aws', 401, 'Unauthorized', 'other'],
    ['aws', 404, 'AccessDenied', 'other'],
    ['aws', 403, undefined, 'other'],
    ['aws', 404, 'NoSuchKey', 'other'],
    ['aws', 404, 'NoSuchBucket', 'other'],
    ['aws', 301, 'PermanentRedirect', 'other'],
    ['aws', 307, 'TemporaryRedirect', 'other'],
    ['aws', 400, 'AuthorizationHeaderMalformed', 'other'],
    ['r2', 501, 'NotImplemented', 'other'],
    ['aws', 500, 'InternalError', 'transient'],
    ['aws', 503, 'SlowDown', 'transient'],
    ['r2', 429, 'TooManyRequests', 'transient'],
    ['aws', 0, 'ECONNRESET', 'transient'],
    ['aws', 409, 'ConditionalRequestConflict', 'transient'],
    ['aws', 400, 'AccessControlListNotSupported', 'inert'],
    ['aws', 404, 'NoSuchBucketPolicy', 'reached'],
    ['r2', 404, 'NoSuchCORSConfiguration', 'reached'],
    ['aws', 412, 'PreconditionFailed', 'reached'],
    ['aws', 200, undefined, 'allowed'],
    ['aws', 204, undefined, 'allowed'],
  ])('%s %d %s is %s', (provider, status, code, kind) => {
    expect(classifyAnswer(provider, { status, ...(code === undefined ? {} : { code }) })).toBe(kind);
  });
});
