import fc from 'fast-check';
import { decideAccess } from '../../../policies/evaluator/decide-access.ts';
import { parseIamPolicy } from '../../../policies/evaluator/iam-policy.ts';
import {
  context,
  type Feature,
  features,
  featuresOf,
  type GeneratedCase,
  generatedCase,
  writtenPolicies,
} from './generated-case.ts';
import { askMoto, type MotoAnswer } from './moto.ts';
import { restatedForMoto } from './restated-for-moto.ts';

const accountId = '123456789012';
const cases = fc.sample(generatedCase, { numRuns: 5000, seed: 20261122 });

function ours(asked: GeneratedCase): MotoAnswer {
  const { verdict } = decideAccess({
    request: { action: asked.action, resource: asked.resource, context },
    caller: { accountId, arns: [`arn:aws:iam::${accountId}:user/ann`], kind: 'user' },
    identityPolicies: writtenPolicies(asked).map((text, index) => ({
      name: `policy ${index}`,
      policy: parseIamPolicy(text, { kind: 'identity' }),
    })),
  });
  return verdict === 'allowed' ? 'allowed' : 'refused';
}

describe('S1: the evaluator and moto’s enforcement, on the same policies and requests', () => {
  let asWritten: readonly MotoAnswer[];
  let asRestated: readonly MotoAnswer[];
  const decisions = cases.map(ours);
  beforeAll(async () => {
    asWritten = await askMoto(
      cases.map((asked) => ({ policies: writtenPolicies(asked), action: asked.action, resource: asked.resource })),
    );
    asRestated = await askMoto(cases.map(restatedForMoto));
  }, 300_000);

  const differing = (answers: readonly MotoAnswer[]) =>
    cases.filter((_case, index) => answers[index] !== decisions[index]);

  test('both verdicts occur, in the part that both speak too', () => {
    const plain = cases.filter((asked) => featuresOf(asked).length === 0).map(ours);
    expect(plain.filter((verdict) => verdict === 'allowed').length).toBeGreaterThan(500);
    expect(plain.filter((verdict) => verdict === 'refused').length).toBeGreaterThan(500);
  });

  test('they agree on every case, once it is written in the words that moto knows', () => {
    expect(differing(asRestated).map((asked) => JSON.stringify(asked))).toEqual([]);
  });

  test('as the policies are written they differ only where moto lacks a part of the language', () => {
    const different = differing(asWritten);
    expect(different.filter((asked) => featuresOf(asked).length === 0)).toEqual([]);
    const rows = features.map((feature) => row(feature, cases, different));
    console.info(
      `${cases.length} cases, ${different.length} decided otherwise by moto as written, 0 restated; of cases with just one:\n${rows.join('\n')}`,
    );
  });
});

function row(feature: Feature, all: readonly GeneratedCase[], different: readonly GeneratedCase[]): string {
  const only = (asked: GeneratedCase): boolean => {
    const present = featuresOf(asked);
    return present.length === 1 && present[0] === feature;
  };
  return `  ${feature}: ${different.filter(only).length} of ${all.filter(only).length}`;
}
