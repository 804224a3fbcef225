import { locationUrl } from '../base/location.ts';
import type { Ability } from './ability.ts';
import { excessOf } from './dialects/index.ts';
import type { Grant } from './grant.ts';
import type { Probe, ProbeOperation, ProbePlace } from './probe.ts';

/**
 * The calls that try each ability, and where: the grid's rows, in its order.
 * `everywhere` is inside the prefix, a sibling that shares its letters, elsewhere in the bucket, and another bucket.
 * Listing at `bucket` asks for the whole bucket, without a prefix, as several clients do.
 */
const everywhere = ['inside', 'sibling', 'outside', 'other-bucket'] as const;

interface Row {
  readonly ability: Ability;
  readonly operation: ProbeOperation;
  readonly places: readonly ProbePlace[];
  /** Where holding the ability is not enough for this call; holding it is, where absent. */
  readonly grantedTo?: (held: readonly Ability[]) => boolean;
  /** Providers that know the call; all of them where absent. */
  readonly providers?: readonly Grant['location']['provider'][];
  /** Asked only where the grant creates objects and never overwrites them. */
  readonly overwrites?: true;
}

const rows: readonly Row[] = [
  { ability: 'list', operation: 'ListObjectsV2', places: [...everywhere, 'bucket'] },
  { ability: 'read', operation: 'GetObject', places: everywhere },
  { ability: 'write', operation: 'PutObject', places: everywhere },
  { ability: 'write', operation: 'PutObject', places: ['inside'], overwrites: true },
  { ability: 'delete', operation: 'DeleteObject', places: everywhere },
  { ability: 'multipart', operation: 'ListMultipartUploads', places: everywhere },
  { ability: 'multipart', operation: 'AbortMultipartUpload', places: everywhere },
  // A side that writes objects writes their tags, any other reads them. R2 has neither tags nor versions.
  {
    ability: 'tag',
    operation: 'GetObjectTagging',
    places: everywhere,
    grantedTo: (held) => !held.includes('write'),
    providers: ['aws'],
  },
  {
    ability: 'tag',
    operation: 'PutObject',
    places: everywhere,
    grantedTo: (held) => held.includes('write'),
    providers: ['aws'],
  },
  { ability: 'version', operation: 'ListObjectVersions', places: everywhere, providers: ['aws'] },
  { ability: 'admin', operation: 'ListBuckets', places: ['account'] },
  { ability: 'admin', operation: 'CreateBucket', places: ['account'] },
  { ability: 'admin', operation: 'GetBucketCors', places: ['bucket'] },
  // R2 has neither bucket policies nor object ACLs (Cloudflare R2, "S3 API compatibility").
  { ability: 'admin', operation: 'GetBucketPolicy', places: ['bucket'], providers: ['aws'] },
  { ability: 'admin', operation: 'PutObjectAcl', places: ['inside'], providers: ['aws'] },
];

/**
 * Every request that `grant` must allow or refuse, in a fixed order: what was granted, then what the provider cannot
 * withhold (`excess`), then the refusals. A grant on a whole bucket has no sibling and no outside. Where the policy denies
 * plain HTTP, what it allows under the prefix is asked once more that way. Pure.
 */
export function probeGrid(grant: Grant): readonly Probe[] {
  const probes = rows
    .filter(({ providers }) => providers?.includes(grant.location.provider) ?? true)
    .filter(
      ({ overwrites }) => !overwrites || (grant.options?.appendOnly === true && grant.abilities.includes('write')),
    )
    .flatMap((row) => row.places.filter((place) => exists(place, grant)).map((place) => probeOf(grant, row, place)));
  return [...probes, ...overPlainHttp(probes, grant)].sort((left, right) => turn(left) - turn(right));
}

function exists(place: ProbePlace, { location }: Grant): boolean {
  return location.prefix !== '' || (place !== 'sibling' && place !== 'outside');
}

/** Under the prefix alone: everything else speaks of more than canaries, and anybody can read it on its way. */
function overPlainHttp(probes: readonly Probe[], { options }: Grant): readonly Probe[] {
  if (!options?.tlsOnly) return [];
  return probes
    .filter(({ expect, place }) => expect === 'allowed' && place === 'inside')
    .map(({ id, access, ability, place, operation }) => ({
      ...{ id: `${id} over plain HTTP`, access, ability, place, operation },
      plainHttp: true,
      expect: 'refused',
      because: 'the policy denies plain HTTP',
    }));
}

/** granted first, excess second, refused last; sorting keeps the rows' order within each. */
function turn({ expect, excess }: Probe): number {
  if (expect === 'refused') return 2;
  return excess === undefined ? 0 : 1;
}

function probeOf(grant: Grant, { ability, operation, grantedTo, overwrites }: Row, place: ProbePlace): Probe {
  const id = `${grant.access} ${ability} ${place} ${operation}${overwrites ? ' overwriting' : ''}`;
  const probe = { id, access: grant.access, ability, place, operation, ...(overwrites && { overwrites }) } as const;
  if (overwrites) return { ...probe, expect: 'refused', because: 'the grant creates objects and overwrites none' };
  const granted = grant.abilities.includes(ability) && (grantedTo?.(grant.abilities) ?? true);
  if (granted && within(place, grant, locationUrl(grant.location))) {
    return { ...probe, expect: 'allowed', because: `the grant holds ${ability} on ${locationUrl(grant.location)}` };
  }
  const excess = excessOf(grant).find(
    (candidate) =>
      candidate.ability === ability &&
      (candidate.operations?.includes(operation) ?? true) &&
      within(place, grant, candidate.place),
  );
  if (excess)
    return { ...probe, expect: 'allowed', excess: excess.because, because: `${excess.because} (${excess.place})` };
  return { ...probe, expect: 'refused', because: refusal(place, granted, grant, ability) };
}

/** Whether `url`, the grant's prefix or its whole bucket, covers the place. Nothing covers another bucket or the account. */
function within(place: ProbePlace, { location }: Grant, url: string): boolean {
  if (place === 'inside') return true;
  if (place === 'other-bucket' || place === 'account') return false;
  return url === locationUrl({ ...location, prefix: '' });
}

function refusal(place: ProbePlace, granted: boolean, grant: Grant, ability: Ability): string {
  if (ability === 'admin') return 'no grant changes buckets or lists them';
  if (!granted) return `the grant does not hold ${ability}`;
  const url = locationUrl(grant.location);
  return place === 'other-bucket' ? `another bucket than ${url}` : `not under ${url}`;
}
