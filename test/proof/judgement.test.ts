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

test('what is not proven says why and has no answer when nothing was sent', () => {
  expect(notProven(probe, 'no decoy')).toMatchObject({ outcome: 'not-proven', because: 'no decoy' });
  expect(notProven(probe, 'no decoy')).not.toHaveProperty('seen');
});

test('what the provider cannot withhold is marked as excess, and nothing else is', () => {
  expect(judge(probes.excess, 'allowed', { status: 200 })).toMatchObject({ excess: 'cannot be withheld' });
  expect(judge(probes.allowed, 'allowed', { status: 200 })).not.toHaveProperty('excess');
});
