import { actionsMatching } from '../../evaluator/policy-findings.ts';
import { sides } from '../../operation.ts';
import { allowingStatements, type DocumentStatement } from '../iam-documents.ts';
import type { Configuration } from '../../configuration.ts';
import type { ResourceRule } from '../rule.ts';
import { reachOf } from '../s3-reach.ts';

export const objectPrefix: ResourceRule = {
  kind: 'resource',
  name: 'object-prefix',
  title: 'Where the stack configuration declares a prefix, a policy reaches no object outside it',
  level: 'mandatory',
  requirements: ['S1', 'S2'],
  why: 'the migration says which part of the bucket it needs; the rest belongs to somebody else.',
  fix: 'put the prefix, with its "/", into the ARN: arn:aws:s3:::NAME/PREFIX/*.',
  *check(resource, { declared }) {
    const prefixes = declaredPrefixes(declared);
    if (prefixes.size === 0) return;
    for (const statement of allowingStatements(resource)) {
      if (!allowsObjectActions(statement)) continue;
      for (const [bucket, own] of prefixes) {
        for (const reach of reachOf(statement.written, bucket)) {
          if (reach.keys === undefined || own.some((prefix) => reach.keys?.startsWith(prefix))) continue;
          yield {
            what: `${statement.place} reaches s3://${bucket}/${reach.keys}, and the stack declares ${own.map((prefix) => `${bucket}/${prefix}`).join(', ')}`,
          };
        }
      }
    }
  },
};

/** By bucket on AWS, the prefixes its migrations declare; buckets that some migration uses as a whole are left out. */
function declaredPrefixes(declared: Configuration | undefined): Map<string, string[]> {
  const prefixes = new Map<string, string[]>();
  for (const migration of declared?.migrations ?? []) {
    for (const side of sides) {
      const { location } = migration[side];
      if (location.provider !== 'aws') continue;
      prefixes.set(location.bucket, [...(prefixes.get(location.bucket) ?? []), location.prefix]);
    }
  }
  return new Map([...prefixes].filter(([, own]) => own.every((prefix) => prefix !== '')));
}

const objectActions = actionsMatching('s3:*')
  .filter(({ resourceTypes }) => resourceTypes.includes('object'))
  .map(({ action }) => action.toLowerCase());

function allowsObjectActions({ compiled }: DocumentStatement): boolean {
  return objectActions.some((action) => compiled.matchesAction(action));
}
