import { asFailure, Failure, failureKind, mayPass, type FailureKind } from '../../engine/failure.ts';

describe('an answer is', () => {
  test.each<[number, string | undefined, FailureKind]>([
    [503, 'SlowDown', 'throttled'],
    [503, undefined, 'throttled'],
    [429, 'TooManyRequests', 'throttled'],
    [400, 'RequestTimeout', 'transient'],
    [500, 'InternalError', 'transient'],
    [200, 'InternalError', 'transient'],
    [502, undefined, 'transient'],
    [599, undefined, 'transient'],
    [409, 'ConditionalRequestConflict', 'transient'],
    [400, 'BadDigest', 'broken'],
    [403, 'AccessDenied', 'refused'],
    [401, 'Unauthorized', 'refused'],
    [400, 'ExpiredToken', 'refused'],
    [403, undefined, 'refused'],
    [404, 'NoSuchKey', 'missing'],
    [404, undefined, 'missing'],
    [412, 'PreconditionFailed', 'changed'],
    [404, 'NoSuchBucket', 'invalid'],
    [404, 'NoSuchUpload', 'invalid'],
    [400, 'InvalidArgument', 'invalid'],
    [400, undefined, 'broken'],
    [301, 'PermanentRedirect', 'invalid'],
    [501, 'NotImplemented', 'invalid'],
  ])('%i %s: %s', (status, code, kind) => {
    expect(failureKind(status, code)).toBe(kind);
  });
});

test.each<[FailureKind, boolean]>([
  ['throttled', true],
  ['transient', true],
  ['broken', true],
  ['refused', false],
  ['missing', false],
  ['changed', false],
  ['invalid', false],
])('a %s request may pass when sent again: %s', (kind, passes) => {
  expect(mayPass(kind)).toBe(passes);
});

describe('a caught error', () => {
  test.each([
    ['ECONNRESET', 'transient'],
    ['UND_ERR_HEADERS_TIMEOUT', 'transient'],
    ['ENOTFOUND', 'transient'],
    ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'broken'],
    ['ENOSPC', 'invalid'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'invalid'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'invalid'],
    ['ERR_STREAM_PREMATURE_CLOSE', 'transient'],
    ['EACCES', 'invalid'],
    ['ENOENT', 'missing'],
  ])('with system code %s is %s', (code, kind) => {
    expect(asFailure(Object.assign(new Error('x'), { code }))).toMatchObject({ kind, code, message: 'x' });
  });

  test('that is a failure stays itself', () => {
    const failure = new Failure({ kind: 'refused', message: 'no' });
    expect(asFailure(failure)).toBe(failure);
  });

  test('of a connection tried on several addresses is told by the first', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(asFailure(new AggregateError([refused]))).toMatchObject({ kind: 'transient', code: 'ECONNREFUSED' });
  });

  test.each([new TypeError('x is not a function'), Object.assign(new Error('x'), { code: 'ERR_ASSERTION' }), 'text'])(
    'that is our bug is thrown on: %s',
    (bug) => {
      let thrown: unknown;
      try {
        asFailure(bug);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBe(bug);
    },
  );
});
