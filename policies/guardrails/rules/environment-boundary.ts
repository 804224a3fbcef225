import type { BoundaryConfiguration, Configuration } from '../../configuration.ts';
import { sides } from '../../operation.ts';
import { customDomainType } from '../access-hostnames.ts';
import { tokenPolicies } from '../cloudflare-tokens.ts';
import { allowingStatements } from '../iam-documents.ts';
import { textOf } from '../properties.ts';
import { bucketPatterns, reachOf } from '../s3-reach.ts';
import type { GuardedResource, ResourceRule } from '../rule.ts';

export const environmentBoundary: ResourceRule = {
  kind: 'resource',
  name: 'environment-boundary',
  title: "A stack reaches only what belongs to its environment, where the configuration's boundary says what does",
  level: 'mandatory',
  requirements: ['O2'],
  why: "one environment's job that can reach another's data will, some day, by a wrong name.",
  fix: 'use a place inside the boundary, or declare the migration with crossEnvironment: { reason, until }.',
  *check(resource, { declared }) {
    if (declared === undefined || declared.boundary.length === 0) return;
    const allowed = allowedPlaces(declared);
    for (const { place, url, isInside } of reached(resource, allowed)) {
      if (!isInside) yield { what: `${place} reaches ${url}, outside environment "${declared.environment}"` };
    }
  },
};

type Place = BoundaryConfiguration;

interface Reached {
  readonly place: string;
  readonly url: string;
  readonly isInside: boolean;
}

/** The boundary, and the places beyond it that a migration gives a reason for. */
function allowedPlaces({ boundary, migrations }: Configuration): readonly Place[] {
  const excepted = migrations
    .filter(({ crossEnvironment }) => crossEnvironment !== undefined)
    .flatMap((migration) => sides.map((side) => migration[side].location))
    .flatMap((location) => (location.provider === 'file' ? [] : [location]));
  return [...boundary, ...excepted];
}

function* reached(resource: GuardedResource, allowed: readonly Place[]): Generator<Reached> {
  const onAws = allowed.filter(({ provider }) => provider === 'aws');
  const onR2 = allowed.filter(({ provider }) => provider === 'r2').map(({ bucket }) => bucket);
  for (const { place, written } of allowingStatements(resource)) {
    for (const bucket of bucketPatterns(written)) {
      const own = onAws.filter((candidate) => candidate.bucket === bucket);
      for (const { keys } of reachOf(written, bucket)) {
        // The bucket's own ARN carries its listing, whose prefix is a condition; keys have theirs in the ARN.
        const isInside = keys === undefined ? own.length > 0 : own.some(({ prefix }) => keys.startsWith(prefix));
        yield { place, url: `s3://${bucket}/${keys ?? ''}`, isInside };
      }
    }
  }
  // R2's tokens and hostnames reach whole buckets, whatever the prefix.
  for (const { place, resources } of tokenPolicies(resource)) {
    for (const { key } of resources) {
      const bucket = /^com\.cloudflare\.edge\.r2\.bucket\.[^_]*_[^_]*_(.+)$/.exec(key)?.[1];
      if (bucket !== undefined) yield { place, url: `r2://${bucket}/`, isInside: onR2.includes(bucket) };
    }
  }
  if (resource.type === customDomainType) {
    const bucket = textOf(resource.properties['bucketName']) ?? '';
    yield { place: 'bucketName', url: `r2://${bucket}/`, isInside: onR2.includes(bucket) };
  }
}
