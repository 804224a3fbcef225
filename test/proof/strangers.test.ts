import { withStrangers } from '../../proof/strangers.ts';
import { unprovenGrant } from '../../proof/unproven.ts';
import { renderReport } from '../../proof/render-report.ts';
import type { Answer, GrantReport } from '../../proof/report.ts';
import { awsLocation, grantOn } from '../policies/fixtures/grants.ts';

const grant = grantOn(awsLocation, ['list', 'read']);
const empty: GrantReport = { ...unprovenGrant(grant, 'nothing is tried here'), checks: [] };

const report = (answer: Answer | undefined) =>
  withStrangers(empty, [
    {
      who: 'another user',
      operation: 'AssumeRole',
      because: 'the role does not trust this user',
      ...(answer && { attempt: () => Promise.resolve(answer) }),
    },
  ]);

describe('S8: a stranger who asks for the role', () => {
  test.each([
    ['is refused', { status: 403, code: 'AccessDenied' }, 'passed', undefined],
    ['gets a session', { status: 200 }, 'failed', 'too-much'],
    ['gets no answer', { status: 0, code: 'ECONNREFUSED' }, 'failed', 'unclear'],
    ['has a broken key', { status: 403, code: 'InvalidClientTokenId' }, 'failed', 'unclear'],
    ['cannot be tried', undefined, 'not-proven', undefined],
  ])('%s', async (_name, answer, outcome, finding) => {
    const { checks } = await report(answer);
    expect(checks).toMatchObject([{ id: 'media/source AssumeRole another user', how: 'as another user', outcome }]);
    expect(checks[0]?.finding).toBe(finding);
  });

  test('and gets a session fails the report', async () => {
    const { verdict } = await report({ status: 200 });
    expect(verdict).toMatchObject({ outcome: 'failed', findings: { 'too-much': [expect.any(String)] } });
  });
});

test('S8: a role that can only be taken elsewhere is not proven, never passed', () => {
  const unproven = unprovenGrant(grant, 'only a job of GitHub Actions can take its role');
  expect(unproven.checks.length).toBeGreaterThan(10);
  expect(unproven.checks.every(({ outcome }) => outcome === 'not-proven')).toBe(true);
  expect(unproven.verdict.outcome).toBe('failed');
  expect(renderReport(unproven)).toMatch(/not proven \(\d+\): only a job of GitHub Actions can take its role/);
});
