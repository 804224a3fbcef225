import type { Probe } from '../../policies/probe.ts';
import { judge, notProven } from '../../proof/judgement.ts';
import type { AnswerKind } from '../../proof/refusal.ts';

const probe: Probe = {
  id: 'media/source write inside PutObject',
  access: 'media/source',
  ability: 'write',
  place: 'inside',
  operation: 'PutObject',
  expect: 'allowed',
  because: 'the grant says so',
};
const probes = {
  allowed: probe,
  excess: { ...probe, excess: 'cannot be withheld' },
  refused: { ...probe, expect: 'refused' },
} as const;

const rows: readonly [AnswerKind, string, string, string][] = [
  ['allowed', 'passed', 'passed', 'failed too-much'],
  ['reached', 'failed unclear', 'failed unclear', 'failed too-much'],
  ['refused', 'failed too-little', 'not-proven', 'passed'],
  ['bad-credential', 'failed credential', 'failed credential', 'failed credential'],
  ['inert', 'failed unclear', 'failed unclear', 'not-proven'],
  ['transient', 'failed unclear', 'failed unclear', 'failed unclear'],
  ['other', 'failed unclear', 'failed unclear', 'failed unclear'],
];

describe.each(rows)('O6: an answer that is %s', (kind, allowed, excess, refused) => {
  test.each([
    ['allowed', allowed],
    ['excess', excess],
    ['refused', refused],
  ] as const)(`where %s was expected: %s`, (name, expected) => {
    const { outcome, finding } = judge(probes[name], kind, { status: 299, code: 'Odd' });
    expect([outcome, finding].filter((part) => part !== undefined).join(' ')).toBe(expected);
  });
});

test('a failure names credential, ability, place and answer', () => {
  const { because, seen } = judge(probes.refused, 'allowed', { status: 200 });
  expect(because).toBe('media/source can write inside its prefix, and must not: PutObject answered 200');
  expect(seen).toEqual({ status: 200 });
});

describe('S2: a probe over plain HTTP, which must be refused,', () => {
  const plain: Probe = { ...probes.refused, plainHttp: true };

  test('fails where it is allowed, and says which way it went', () => {
    const { outcome, finding, because } = judge(plain, 'allowed', { status: 200 });
    expect([outcome, finding]).toEqual(['failed', 'too-much']);
    expect(because).toContain('can write inside its prefix over plain HTTP, and must not');
  });

  test('passes where it is refused', () => {
    expect(judge(plain, 'refused', { status: 403, code: 'AccessDenied' }).outcome).toBe('passed');
  });

  test('is not proven where nothing answers that way, as behind most firewalls', () => {
    expect(judge(plain, 'transient', { status: 0, code: 'ECONNREFUSED' })).toMatchObject({
      outcome: 'not-proven',
      because: 'over plain HTTP, PutObject got no answer (ECONNREFUSED)',
    });
  });
});

test('what is not proven says why and has no answer when nothing was sent', () => {
  expect(notProven(probe, 'no decoy')).toMatchObject({ outcome: 'not-proven', because: 'no decoy' });
  expect(notProven(probe, 'no decoy')).not.toHaveProperty('seen');
});

test('what the provider cannot withhold is marked as excess, and nothing else is', () => {
  expect(judge(probes.excess, 'allowed', { status: 200 })).toMatchObject({ excess: 'cannot be withheld' });
  expect(judge(probes.allowed, 'allowed', { status: 200 })).not.toHaveProperty('excess');
});
