import assert from 'node:assert/strict';
import { type BucketLocation, locationUrl } from '../../base/location.ts';
import type { AccessFileCredential, RenderedAccess } from '../access-file.ts';

/** A place that questions aim at: part of a bucket, the whole of it, any other bucket, or the account. */
export interface Place {
  /** Account, partition and jurisdiction: a bucket of that name elsewhere is another bucket. */
  readonly location: BucketLocation;
  /** As the diff shows it: `s3://media-prod/uploads/`, `s3://*` for any other bucket, `s3://` for the account. */
  readonly where: string;
  readonly kind: 'prefix' | 'neighbour' | 'bucket' | 'other-bucket' | 'account';
  /** Absent for the account. */
  readonly bucket?: string;
  /** Where keys lie, empty or ending in `/`. */
  readonly directory: string;
}

/** A bucket that no policy names: what a wildcard alone reaches. */
export const otherBucket = 'sluice-any-other-bucket';

/**
 * Every place worth asking about for a credential: its location, the prefix that shares its letters, the rest of its bucket, any
 * other bucket, the account, and whatever else its rendered policy names.
 */
export function placesOf({ location, copiesFrom, rendered }: AccessFileCredential): readonly Place[] {
  const scheme = locationUrl({ ...location, bucket: '', prefix: '' }).replace(/\/\/.*$/, '//');
  const named = namedPlaces(rendered, location).flatMap((other) => around(other));
  const all: readonly Place[] = [
    ...around(location),
    ...(copiesFrom ? around(copiesFrom) : []),
    ...named,
    { location, where: `${scheme}*`, kind: 'other-bucket', bucket: otherBucket, directory: location.prefix },
    { location, where: scheme, kind: 'account', directory: '' },
  ];
  return [...new Map(all.map((place) => [placeKey(place), place])).values()];
}

/** Tells places apart across the two sides of a diff. */
export function placeKey({ location, where, kind, directory }: Place): string {
  return [accountKey(location), where, kind, directory].join(' ');
}

/** Names are unique in a partition on AWS, but policies speak of the bucket's account. */
export function accountKey(location: BucketLocation): string {
  return location.provider === 'aws'
    ? `aws ${location.partition} ${location.accountId}`
    : `r2 ${location.accountId} ${location.jurisdiction}`;
}

function around(location: BucketLocation): readonly Place[] {
  const { bucket, prefix } = location;
  const whole: Place = {
    location,
    where: locationUrl({ ...location, prefix: '' }),
    kind: 'bucket',
    bucket,
    directory: prefix === '' ? '' : '.sluice-elsewhere/',
  };
  if (prefix === '') return [whole];
  const sibling = prefix.endsWith('/') ? `${prefix.slice(0, -1)}-sibling/` : `${prefix}-sibling/`;
  return [
    { location, where: locationUrl(location), kind: 'prefix', bucket, directory: prefix },
    {
      location,
      where: locationUrl({ ...location, prefix: sibling }),
      kind: 'neighbour',
      bucket,
      directory: sibling,
    },
    whole,
  ];
}

/** Buckets and prefixes that a rendered policy names beside its own location. */
function namedPlaces(rendered: RenderedAccess, own: BucketLocation): readonly BucketLocation[] {
  if (rendered.dialect === 'r2-token') {
    assert(own.provider === 'r2', 'R2 tokens speak of buckets on R2');
    const keys = rendered.policies.flatMap(({ resources }) =>
      Object.entries(resources).flatMap(([key, value]) => (typeof value === 'string' ? [key] : Object.keys(value))),
    );
    return keys.flatMap((key) => {
      const [, accountId, jurisdiction, bucket] = /\.([0-9a-f]{32})_([a-z]+)_([a-z0-9-]+)$/.exec(key) ?? [];
      if (accountId !== own.accountId || jurisdiction !== own.jurisdiction || bucket === undefined) return [];
      return [{ ...own, bucket, prefix: '' }];
    });
  }
  assert(own.provider === 'aws', 'IAM policies speak of buckets on AWS');
  return resourcesOf(rendered.policy).flatMap((resource) => {
    const [, bucket, key = ''] = /^arn:[^:]*:s3:::([^/*?$]+)(?:\/(.*))?$/.exec(resource) ?? [];
    if (bucket === undefined) return [];
    // The text before the first wildcard, up to its last slash, is where the policy's keys lie.
    const fixed = key.replace(/\$\{([*?$])\}|[*?].*$/s, (_, escaped: string | undefined) => escaped ?? '');
    return [{ ...own, bucket, prefix: fixed.slice(0, fixed.lastIndexOf('/') + 1) }];
  });
}

/** Every text under `Resource` or `NotResource` of a policy, whatever its form; reading it properly is the evaluator's. */
export function resourcesOf(policy: Readonly<Record<string, unknown>>): readonly string[] {
  return textsUnder(policy, ['Resource', 'NotResource']);
}

/** Every text under `Action` or `NotAction` of a policy. */
export function actionsOf(policy: Readonly<Record<string, unknown>>): readonly string[] {
  return textsUnder(policy, ['Action', 'NotAction']);
}

/** A policy's statements as written: a single one may stand without a list. */
export function statementsOf(policy: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  return [policy['Statement']]
    .flat()
    .filter((statement): statement is Record<string, unknown> => typeof statement === 'object' && statement !== null);
}

function textsUnder(policy: Readonly<Record<string, unknown>>, elements: readonly string[]): readonly string[] {
  return statementsOf(policy).flatMap((statement) =>
    elements.flatMap((element) => [statement[element]].flat().filter((text) => typeof text === 'string')),
  );
}
