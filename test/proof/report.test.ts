import { type Check, type Report, answerInWords, verdictOf } from '../../proof/report.ts';
import { renderReport } from '../../proof/render-report.ts';

const passed: Check = {
  id: 'media/source list inside ListObjectsV2',
  ability: 'list',
  place: 'inside',
  operation: 'ListObjectsV2',
  expect: 'allowed',
  outcome: 'passed',
  seen: { status: 200 },
  because: 'granted',
};
const failed: Check = {
  ...passed,
  id: 'media/source write inside PutObject',
  ability: 'write',
  operation: 'PutObject',
  expect: 'refused',
  outcome: 'failed',
  finding: 'too-much',
  because: 'media/source can write inside its prefix',
};
const open: Check = {
  id: 'media/source read other-bucket GetObject',
  ability: 'read',
  place: 'other-bucket',
  operation: 'GetObject',
  expect: 'refused',
  outcome: 'not-proven',
  because: 'no decoy',
};

describe('a verdict', () => {
  test('fails on one failed check and names it under its finding', () => {
    expect(verdictOf([passed, failed])).toEqual({
      outcome: 'failed',
      counts: { passed: 1, failed: 1, 'not-proven': 0 },
      findings: { 'too-much': [failed.id], 'too-little': [], credential: [], unclear: [] },
    });
  });

  test('passes over what is not proven, but counts it apart', () => {
    expect(verdictOf([passed, open])).toMatchObject({
      outcome: 'passed',
      counts: { passed: 1, failed: 0, 'not-proven': 1 },
    });
  });

  test('fails when nothing was tried, or nothing was proven', () => {
    expect(verdictOf([]).outcome).toBe('failed');
    expect(verdictOf([open]).outcome).toBe('failed');
  });
});

test('an answer in words', () => {
  expect(answerInWords({ status: 403, code: 'AccessDenied' })).toBe('403 AccessDenied');
  expect(answerInWords({ status: 204 })).toBe('204');
  expect(answerInWords({ status: 0, code: 'ECONNREFUSED' })).toBe('no answer (ECONNREFUSED)');
});

describe('a report for people', () => {
  test('has a headline, a row a check and a sentence for what did not pass', () => {
    expect(renderReport(report([passed, failed, open], ['media/x: 403 AccessDenied'])).split('\n')).toEqual([
      'media/source  s3://media/uploads/  FAILED (1 passed, 1 failed, 1 not proven; 0.4 s)',
      '  ability  place         call           must be  answer  outcome',
      '  list     inside        ListObjectsV2  allowed  200     passed',
      '  write    inside        PutObject      refused  200     FAILED',
      '  read     other-bucket  GetObject      refused  -       not proven',
      'too much: media/source can write inside its prefix',
      'not proven (1): no decoy',
      'left behind: media/x: 403 AccessDenied',
    ]);
  });

  test('tells two checks of one call apart', () => {
    const plainHttp: Check = { ...passed, how: 'over plain HTTP', expect: 'refused', seen: { status: 403 } };
    expect(
      renderReport(report([passed, plainHttp]))
        .split('\n')
        .slice(2),
    ).toEqual([
      '  list     inside  ListObjectsV2                  allowed  200     passed',
      '  list     inside  ListObjectsV2 over plain HTTP  refused  403     passed',
    ]);
  });

  test('has colours only when asked', () => {
    const escape = String.fromCharCode(27);
    expect(renderReport(report([passed]))).not.toContain(escape);
    expect(renderReport(report([passed]), { colours: true })).toContain(escape);
  });
});

function report(checks: Check[], leftBehind: string[] = []): Report {
  return {
    kind: 'grant',
    subject: 'media/source',
    where: 's3://media/uploads/',
    checks,
    verdict: verdictOf(checks),
    leftBehind,
    durationMs: 432,
  };
}
