import { refusalsIn } from '../../scripts/guardrails.ts';

describe('the mandatory findings in an event log', () => {
  const finding = (enforcementLevel: string, policyName = 'token-expiry') =>
    JSON.stringify({
      sequence: 1,
      policyEvent: {
        enforcementLevel,
        policyName,
        resourceUrn: 'urn:pulumi:dev::sluice::a:b/c:D::media',
        message: '..',
      },
    });

  test('are named by rule and resource, each once', () => {
    const log = [finding('mandatory'), finding('mandatory'), finding('mandatory', 'wildcard-access')].join('\n');
    expect(refusalsIn(log)).toEqual(['token-expiry (media)', 'wildcard-access (media)']);
  });

  test('are not those that are advisory, other events, or a line that was cut off', () => {
    const log = [finding('advisory'), '{"summaryEvent":{}}', finding('mandatory').slice(0, -5), ''].join('\n');
    expect(refusalsIn(log)).toEqual([]);
  });
});
