import { actionsMatching } from '../../evaluator/policy-findings.ts';
import { sides } from '../../operation.ts';
import { allowingStatements, type DocumentStatement } from '../iam-documents.ts';
import type { Configuration } from '../../configuration.ts';
import type { ResourceRule } from '../rule.ts';
import { reachOf } from '../s3-reach.ts';

export const objectPrefix: ResourceRule = {
  kind: 'resource',
  name: 'object-prefix',
  title: 'Where the stack configuration declares a prefix, a policy reaches and lists no object outside it',
  level: 'mandatory',
  requirements: ['S1', 'S2'],
  why: 'the migration says which part of the bucket it needs; the rest belongs to somebody else.',
  fix: 'put the prefix, with its "/", into the ARN: arn:aws:s3:::NAME/PREFIX/*; limit s3:ListBucket by StringLike s3:prefix PREFIX/*.',
  *check(resource, { declared }) {
    const prefixes = declaredPrefixes(declared);
    if (prefixes.size === 0) return;
    for (const statement of allowingStatements(resource)) {
      for (const [bucket, own] of prefixes) {
        const places = own.map((prefix) => `${bucket}/${prefix}`).join(', ');
        for (const keys of objectsReached(statement, bucket)) {
          if (own.some((prefix) => keys.startsWith(prefix))) continue;
          yield { what: `${statement.place} reaches s3://${bucket}/${keys}, and the stack declares ${places}` };
        }
        const listed = listedOutside(statement, bucket, own);
        if (listed !== undefined) {
          yield { what: `${statement.place} lists s3://${bucket}/${listed}, and the stack declares ${places}` };
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

/** What every object in `bucket` that a statement speaks of begins with. */
function objectsReached({ compiled, written }: DocumentStatement, bucket: string): readonly string[] {
  if (!objectActions.some((action) => compiled.matchesAction(action))) return [];
  return reachOf(written, bucket).flatMap(({ keys }) => keys ?? []);
}

/** The listings that can be limited to a prefix: only the list of unfinished uploads cannot. */
const listings = ['s3:listbucket', 's3:listbucketversions'];

/**
 * A prefix that a statement lets list though it is not `own`: empty for a listing that names no prefix, which shows the whole
 * bucket. Conditions on anything else are taken to hold.
 */
function listedOutside(
  { compiled, written }: DocumentStatement,
  bucket: string,
  own: readonly string[],
): string | undefined {
  if (!listings.some((action) => compiled.matchesAction(action))) return undefined;
  if (!reachOf(written, bucket).some(({ keys }) => keys === undefined)) return undefined;
  const conditions = compiled.conditions.filter(({ label }) => label.toLowerCase().endsWith(' s3:prefix'));
  const siblings = own.map((prefix) => `${prefix.slice(0, -1)}-sibling/`);
  const asked = [undefined, '', ...siblings, '.sluice-elsewhere/', ...prefixesNamed(written)];
  const outside = asked.filter((prefix) => !own.some((inside) => prefix?.startsWith(inside)));
  const index = outside.findIndex((prefix) =>
    conditions.every(({ holds }) => holds(prefix === undefined ? {} : { 's3:prefix': prefix })),
  );
  return index === -1 ? undefined : (outside[index] ?? '');
}

/** Texts that the conditions on `s3:prefix` name, each with something in its wildcards' place. */
function prefixesNamed({ Condition: condition = {} }: DocumentStatement['written']): readonly string[] {
  return Object.values(condition).flatMap((keys) =>
    Object.entries(keys)
      .filter(([key]) => key.toLowerCase() === 's3:prefix')
      .flatMap(([, values]) => [values].flat().map((value) => value.replace(/[*?]/g, 'x'))),
  );
}
