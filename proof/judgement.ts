import type { Probe } from '../policies/probe.ts';
import type { AnswerKind } from './refusal.ts';
import { type Answer, answerInWords, type Check, type Finding } from './report.ts';

/**
 * What an answer makes of a probe.
 *
 * | answer         | allowed expected | excess (allowed expected) | refused expected  |
 * | -------------- | ---------------- | ------------------------- | ----------------- |
 * | allowed        | passed           | passed                    | failed too-much   |
 * | reached        | failed unclear   | failed unclear            | failed too-much   |
 * | refused        | failed too-little | not-proven               | passed            |
 * | bad-credential | failed credential | failed credential        | failed credential |
 * | inert          | failed unclear   | failed unclear            | not-proven        |
 * | transient      | failed unclear   | failed unclear            | failed unclear    |
 * | other          | failed unclear   | failed unclear            | failed unclear    |
 *
 * An excess that is refused is good news that contradicts the model, not a failure: the provider withholds what it was
 * known to hand over.
 */
export function judge(probe: Probe, kind: AnswerKind, seen: Answer): Check {
  const { id, ability, place, operation, expect } = probe;
  const check = { id, ability, place, operation, expect, seen };
  const answered = `${operation} answered ${answerInWords(seen)}`;
  const failed = (finding: Finding, because: string): Check => ({ ...check, outcome: 'failed', finding, because });

  if (kind === 'bad-credential')
    return failed('credential', `${probe.access} is not accepted as a credential: ${answered}`);
  if (kind === 'transient' || kind === 'other') return failed('unclear', `neither access nor a refusal: ${answered}`);
  if (kind === 'inert' && expect === 'refused') return notProven(probe, `switched off for everyone: ${answered}`, seen);
  if (expect === 'refused') {
    if (kind === 'refused') return { ...check, outcome: 'passed', because: probe.because };
    return failed('too-much', `${probe.access} can ${ability} ${inWords(probe)}, and must not: ${answered}`);
  }
  if (kind === 'allowed') return { ...check, outcome: 'passed', because: probe.excess ?? probe.because };
  if (kind === 'reached' || kind === 'inert') return failed('unclear', `neither access nor a refusal: ${answered}`);
  if (probe.excess === undefined) {
    return failed('too-little', `${probe.access} cannot ${ability} ${inWords(probe)}, and must: ${answered}`);
  }
  return {
    ...check,
    outcome: 'not-proven',
    because: `the provider withholds what it was known to hand over: ${answered}`,
  };
}

/** A probe that could not be sent, or whose answer would show nothing. */
export function notProven({ id, ability, place, operation, expect }: Probe, because: string, seen?: Answer): Check {
  return {
    id,
    ability,
    place,
    operation,
    expect,
    outcome: 'not-proven',
    because,
    ...(seen === undefined ? {} : { seen }),
  };
}

function inWords({ place }: Probe): string {
  const words = {
    inside: 'inside its prefix',
    sibling: 'in a prefix that only shares its letters',
    outside: 'outside its prefix',
    'other-bucket': 'in another bucket',
    bucket: 'the bucket itself',
    account: 'in the account',
  } as const;
  return words[place];
}
