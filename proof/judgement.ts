import type { Probe } from '../policies/probe.ts';
import type { AnswerKind } from './refusal.ts';
import { type Answer, answerInWords, type Check, type Finding } from './report.ts';

/**
 * What an answer makes of a probe.
 *
 * | answer         | allowed expected  | excess (allowed expected) | refused expected  |
 * | -------------- | ----------------- | ------------------------- | ----------------- |
 * | allowed        | passed            | passed                    | failed too-much   |
 * | reached        | failed unclear    | failed unclear            | failed too-much   |
 * | refused        | failed too-little | not-proven                | passed            |
 * | bad-credential | failed credential | failed credential         | failed credential |
 * | inert          | failed unclear    | failed unclear            | not-proven        |
 * | transient      | failed unclear    | failed unclear            | failed unclear    |
 * | other          | failed unclear    | failed unclear            | failed unclear    |
 *
 * Where nothing answers over plain HTTP (firewalls close its port), a probe sent that way is not proven.
 *
 * An excess that is refused is good news that contradicts the model, not a failure: the provider withholds what it was
 * known to hand over.
 */
export function judge(probe: Probe, kind: AnswerKind, seen: Answer): Check {
  const answered = `${probe.operation} answered ${answerInWords(seen)}`;
  const passed = (because: string): Check => ({ ...identify(probe), outcome: 'passed', seen, because });
  const failed = (finding: Finding, because: string): Check => ({
    ...identify(probe),
    outcome: 'failed',
    finding,
    seen,
    because: `${because}: ${answered}`,
  });
  const unclear = (): Check => failed('unclear', 'neither access nor a refusal');

  if (probe.plainHttp && seen.status === 0) {
    return notProven(probe, `over plain HTTP, ${probe.operation} got ${answerInWords(seen)}`, seen);
  }
  if (kind === 'bad-credential') return failed('credential', `${probe.access} is not accepted as a credential`);
  if (kind === 'transient' || kind === 'other') return unclear();
  if (probe.expect === 'refused') {
    if (kind === 'refused') return passed(probe.because);
    if (kind === 'inert') return notProven(probe, `switched off for everyone: ${answered}`, seen);
    return failed('too-much', `${probe.access} can ${probe.ability} ${inWords(probe)}, and must not`);
  }
  if (kind === 'allowed') return passed(probe.because);
  if (kind !== 'refused') return unclear();
  if (probe.excess === undefined) {
    return failed('too-little', `${probe.access} cannot ${probe.ability} ${inWords(probe)}, and must`);
  }
  return notProven(probe, `the provider withholds what it was known to hand over: ${answered}`, seen);
}

/** A probe that could not be sent, or whose answer would show nothing. */
export function notProven(probe: Probe, because: string, seen?: Answer): Check {
  return { ...identify(probe), outcome: 'not-proven', ...(seen === undefined ? {} : { seen }), because };
}

function identify(probe: Probe): Omit<Check, 'outcome' | 'because'> {
  const { id, ability, place, operation, expect, excess } = probe;
  const how = howOf(probe);
  return {
    id,
    ability,
    place,
    operation,
    ...(how !== undefined && { how }),
    expect,
    ...(excess !== undefined && { excess }),
  };
}

function howOf({ ability, operation, overwrites, plainHttp }: Probe): string | undefined {
  if (plainHttp) return 'over plain HTTP';
  if (overwrites) return 'overwriting';
  return ability === 'tag' && operation === 'PutObject' ? 'with a tag' : undefined;
}

function inWords({ place, plainHttp }: Probe): string {
  const words = {
    inside: 'inside its prefix',
    sibling: 'in a prefix that only shares its letters',
    outside: 'outside its prefix',
    'other-bucket': 'in another bucket',
    bucket: 'the bucket itself',
    account: 'in the account',
  } as const;
  return plainHttp ? `${words[place]} over plain HTTP` : words[place];
}
