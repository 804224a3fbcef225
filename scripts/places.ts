import { resolve } from 'node:path';
import type { z } from 'zod';
import { jurisdictions, type Jurisdiction } from '../base/location.ts';
import { UserError } from '../base/user-error.ts';
import { mistakesOf } from '../policies/configuration/field.ts';
import {
  awsBucketField,
  directoryField,
  prefixField,
  r2AccountIdField,
  r2BucketField,
} from '../policies/configuration/value-fields.ts';
import type { SharedProfile } from './shared-profile.ts';

/** What is said about one place on the command line: `--from URL` and what goes with it. */
export interface PlaceFlags {
  readonly url: string;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  /** Cloudflare account of an `r2://` place. */
  readonly account?: string | undefined;
  readonly requesterPays?: boolean | undefined;
  /** Of AWS KMS, by its ARN. */
  readonly kmsKey?: string | undefined;
}

export type PlaceSide = 'from' | 'to';

/** How a flag of a place is written: `--from-kms-key`. */
export function flagOf(side: PlaceSide, name: keyof PlaceFlags): string {
  return `--${side}-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A place as its URL names it, before its credentials are found. */
export type NamedPlace =
  | { readonly kind: 'directory'; readonly path: string }
  | {
      readonly kind: 'bucket';
      readonly provider: 'aws' | 'r2' | 'b2';
      readonly bucket: string;
      readonly prefix: string;
      /** Absent on aws where the region decides. */
      readonly endpoint?: string;
      /** Absent on aws where the profile or the environment decides. */
      readonly region?: string;
      readonly profile?: string;
    };

/** Where else a place is told of than on the command line. */
export interface PlaceDefaults {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What the profile says that `--from-profile` names. */
  readonly profile?: Pick<SharedProfile, 'region' | 'endpoint'>;
  /** The endpoint of the profile that AWS tools use where none is named. */
  readonly ambientEndpoint?: string | undefined;
}

/** A value, and where it was said. */
interface Said {
  readonly value: string;
  readonly where: string;
}

const providerOfScheme = { s3: 'aws', r2: 'r2', b2: 'b2' } as const;

/**
 * Reads the URL of one place and the flags that go with it.
 *
 * | URL | place |
 * | --- | --- |
 * | `s3://bucket/prefix/` | S3, at `endpoint`, the profile's, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, or the region's |
 * | `r2://bucket/prefix/` | R2, at `endpoint`, the account's, the profile's, or SLUICE_R2_ENDPOINT; `bucket.eu` in a jurisdiction |
 * | `b2://bucket/prefix/` | B2, at `endpoint`, the profile's, or the region's |
 * | `file:path`, `path` | a directory; relative to the working directory |
 *
 * What is said of one side comes before what the environment says, which is for both. Prefixes follow the configuration's rules: empty
 * or ending in "/". Throws `UserError`.
 */
export function parsePlace(side: PlaceSide, flags: PlaceFlags, defaults: PlaceDefaults = {}): NamedPlace {
  const { url } = flags;
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+._-]*):(.*)$/is.exec(url) ?? [];
  if (scheme === undefined || scheme === 'file') return directory(side, flags, scheme === undefined ? url : rest);
  refuseSecrets(side, rest);
  const where = `--${side} ${url}`;
  if (!Object.hasOwn(providerOfScheme, scheme)) {
    const asDirectory = url.includes('//') ? './name' : `./${url}`;
    throw new UserError({
      where,
      what: `"${scheme}:" is no kind of place`,
      fix: `write s3://bucket/prefix/, r2://bucket/prefix/, b2://bucket/prefix/ or a directory (${asDirectory}, file:name)`,
    });
  }
  const provider = providerOfScheme[scheme as keyof typeof providerOfScheme];
  if (!rest.startsWith('//')) {
    throw new UserError({ where, what: 'it has no "//"', fix: `write ${scheme}://bucket/prefix/` });
  }
  if (/^\/\/(\/|$)/.test(rest)) {
    throw new UserError({ where, what: 'it names no bucket', fix: `write ${scheme}://bucket/prefix/` });
  }
  const slash = rest.indexOf('/', 2);
  const name = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
  // What stands in the URL is the prefix itself, byte by byte: nothing is decoded.
  const prefix = checked(prefixField, slash < 0 ? '' : rest.slice(slash + 1), where);
  const profile = flags.profile === undefined ? {} : { profile: flags.profile };
  const bucket = { kind: 'bucket', prefix, ...profile } as const;
  if (provider !== 'aws') refuseSettingsOfS3(side, flags);
  if (provider === 'r2') return { ...bucket, provider, ...r2Bucket(name, side, flags, defaults), region: 'auto' };
  refuseAccount(side, flags);
  const named = { ...bucket, bucket: checked(awsBucketField, name, where) };
  if (provider === 'b2') return { ...named, provider, ...b2Endpoint(side, flags, defaults) };
  const endpoint = s3Endpoint(side, flags, defaults);
  const region = regionOf(side, flags, defaults);
  return { ...named, provider, ...(region && { region }), ...(endpoint && { endpoint }) };
}

function s3Endpoint(side: PlaceSide, flags: PlaceFlags, defaults: PlaceDefaults): string | undefined {
  const { environment = process.env, ambientEndpoint } = defaults;
  return originOf([
    ...ofOneSide(side, flags, defaults),
    said(environment['AWS_ENDPOINT_URL_S3'], 'AWS_ENDPOINT_URL_S3'),
    said(environment['AWS_ENDPOINT_URL'], 'AWS_ENDPOINT_URL'),
    said(ambientEndpoint, 'endpoint_url of the AWS profile'),
  ]);
}

/** The endpoints that the flags and the named profile say. */
function ofOneSide(side: PlaceSide, { endpoint, profile }: PlaceFlags, defaults: PlaceDefaults): (Said | undefined)[] {
  return [
    said(endpoint, flagOf(side, 'endpoint')),
    said(defaults.profile?.endpoint, `${flagOf(side, 'profile')} ${profile ?? ''}: endpoint_url`),
  ];
}

function said(value: string | undefined, where: string): Said | undefined {
  return value ? { value, where } : undefined;
}

/** The first that was said. */
function originOf(candidates: readonly (Said | undefined)[]): string | undefined {
  const first = candidates.find((candidate) => candidate !== undefined);
  return first && checkedOrigin(first);
}

function regionOf(side: PlaceSide, { region, profile }: PlaceFlags, defaults: PlaceDefaults): string | undefined {
  if (region !== undefined) return checkedRegion({ value: region, where: flagOf(side, 'region') });
  const ofProfile = said(defaults.profile?.region, `${flagOf(side, 'profile')} ${profile ?? ''}: region`);
  return ofProfile && checkedRegion(ofProfile);
}

/** Some tools take keys in a URL. They would stay in the shell's history, so the message does not repeat them either. */
function refuseSecrets(side: PlaceSide, rest: string): void {
  if (!/^\/\/[^/]*@/.test(rest)) return;
  throw new UserError({
    where: `--${side}`,
    what: 'it holds credentials',
    fix: `write bucket and prefix alone, and name the credentials with --${side}-profile`,
  });
}

function directory(side: PlaceSide, flags: PlaceFlags, path: string): NamedPlace {
  for (const flag of ['endpoint', 'region', 'profile', 'account', 'requesterPays', 'kmsKey'] as const) {
    if (flags[flag] === undefined) continue;
    throw new UserError({
      where: flagOf(side, flag),
      what: `--${side} ${flags.url} is a directory, which has none`,
      fix: 'leave it out',
    });
  }
  // RFC 8089: file:///path has an empty authority; another would be another machine.
  const authority = /^\/\/([^/]*)(\/.*)$/s.exec(path);
  if (path.startsWith('//') && authority?.[1] !== '') {
    throw new UserError({
      where: `--${side} ${flags.url}`,
      what: 'it names another machine',
      fix: 'write file:path or file:///absolute/path',
    });
  }
  return {
    kind: 'directory',
    path: resolve(checked(directoryField, authority?.[2] ?? path, `--${side} ${flags.url}`)),
  };
}

function r2Bucket(
  name: string,
  side: PlaceSide,
  flags: PlaceFlags,
  defaults: PlaceDefaults,
): { bucket: string; endpoint: string } {
  if (flags.region !== undefined) {
    throw new UserError({
      where: `--${side}-region`,
      what: 'R2 has no regions',
      fix: 'leave it out; a jurisdiction is written r2://bucket.eu/',
    });
  }
  const [bucketName = '', world] = name.split(/\.(.*)/s);
  const jurisdiction = jurisdictionOf(world, `--${side} ${flags.url}`);
  const bucket = checked(r2BucketField, bucketName, `--${side} ${flags.url}`);
  return { bucket, endpoint: r2Endpoint(jurisdiction, side, flags, defaults) };
}

/** Cloudflare R2, "S3 API: authentication": each jurisdiction has an endpoint, which sees only its own buckets. */
function r2Endpoint(jurisdiction: Jurisdiction, side: PlaceSide, flags: PlaceFlags, defaults: PlaceDefaults): string {
  const { account, endpoint } = flags;
  if (account !== undefined && endpoint === undefined) {
    const id = checked(r2AccountIdField, account, `--${side}-account`);
    return `https://${jurisdiction === 'default' ? id : `${id}.${jurisdiction}`}.r2.cloudflarestorage.com`;
  }
  const { environment = process.env } = defaults;
  const variable = `SLUICE_R2_ENDPOINT${jurisdiction === 'default' ? '' : `_${jurisdiction.toUpperCase()}`}`;
  const origin = originOf([...ofOneSide(side, flags, defaults), said(environment[variable], variable)]);
  if (origin !== undefined) return origin;
  throw new UserError({
    where: `--${side}`,
    what: 'an r2:// place needs its account',
    fix: `add --${side}-account ID, or --${side}-endpoint URL`,
  });
}

function jurisdictionOf(world: string | undefined, where: string): Jurisdiction {
  if (world === undefined) return 'default';
  const jurisdiction = jurisdictions.find((candidate) => candidate === world);
  if (jurisdiction !== undefined) return jurisdiction;
  throw new UserError({
    where,
    what: `"${world}" is no jurisdiction of R2`,
    fix: `write one of ${jurisdictions.filter((one) => one !== 'default').join(', ')}, or the bucket alone`,
  });
}

/** Backblaze B2, "S3-Compatible API": an endpoint a region, which is also what requests are signed for. */
function b2Endpoint(side: PlaceSide, flags: PlaceFlags, defaults: PlaceDefaults): { endpoint: string; region: string } {
  const region = regionOf(side, flags, defaults);
  if (region === undefined) {
    throw new UserError({
      where: `--${side}`,
      what: 'a b2:// place needs its region',
      fix: `add --${side}-region, such as us-west-004`,
    });
  }
  return { endpoint: originOf(ofOneSide(side, flags, defaults)) ?? `https://s3.${region}.backblazeb2.com`, region };
}

function refuseSettingsOfS3(side: PlaceSide, flags: PlaceFlags): void {
  for (const flag of ['requesterPays', 'kmsKey'] as const) {
    if (flags[flag] === undefined) continue;
    throw new UserError({ where: flagOf(side, flag), what: `${flags.url} is not on S3`, fix: 'leave it out' });
  }
}

function refuseAccount(side: PlaceSide, { account, url }: PlaceFlags): void {
  if (account === undefined) return;
  throw new UserError({ where: `--${side}-account`, what: `${url} is not on R2`, fix: 'leave it out' });
}

/** Regions become part of a host name. Servers other than AWS choose names of their own. */
function checkedRegion({ value, where }: Said): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) return value;
  throw new UserError({ where, what: `"${value}" is not a region`, fix: 'write one such as eu-west-1' });
}

/** Credentials only sign, yet session tokens and data would travel in the open: plain HTTP is for this machine. */
function checkedOrigin({ value, where }: Said): string {
  const url = URL.parse(value);
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
    throw new UserError({
      where,
      what: `"${value}" is not an https URL`,
      fix: 'write one such as https://s3.example.com',
    });
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new UserError({ where, what: 'it says more than scheme, host and port', fix: `write ${url.origin}` });
  }
  if (url.protocol === 'http:' && !/^(127(\.\d+){3}|localhost|\[::1\])$/.test(url.hostname)) {
    throw new UserError({
      where,
      what: `${url.origin} is plain HTTP to another machine`,
      fix: `write https://${url.host}`,
    });
  }
  return url.origin;
}

function checked(schema: z.ZodType<string>, value: string, where: string): string {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const mistake = mistakesOf(result.error, value)[0]?.mistake;
  throw new UserError({
    where,
    what: mistake?.what ?? 'it cannot be read',
    ...(mistake === undefined ? {} : { fix: mistake.fix }),
  });
}
