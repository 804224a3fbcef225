import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { STSClient } from '@aws-sdk/client-sts';
import { UserError } from '../base/user-error.ts';
import type { AccessKeys, Place } from '../engine/place.ts';
import { flagOf, type NamedPlace, parsePlace, type PlaceFlags, type PlaceSide } from './places.ts';
import { whyNoCredentials } from './profile-credentials.ts';
import { readSharedProfile, type SharedProfile, sharedProfileNames } from './shared-profile.ts';

/** As many profiles as fit a line or two. */
const profilesTold = 20;

type NamedBucket = Extract<NamedPlace, { kind: 'bucket' }>;

/**
 * The place that a URL names, with the credentials to use there: those of the profile, where one is named; on aws whatever the
 * SDK's own chain finds; on R2 and B2 SLUICE_R2_.. and SLUICE_B2_ACCESS_KEY_ID, _SECRET_ACCESS_KEY and _SESSION_TOKEN. The
 * ambient AWS credentials are for AWS alone: a session token is sent as it is, and belongs to nobody else.
 * Throws `UserError` where there are none, where there is no such profile, and where a directory is a file or, as a source, missing.
 */
export async function openPlace(side: PlaceSide, flags: PlaceFlags): Promise<Place> {
  const { url, profile } = flags;
  const asksProfile = profile !== undefined || url.startsWith('s3:');
  const shared = asksProfile ? await readSharedProfile(profile ?? process.env['AWS_PROFILE'] ?? 'default') : undefined;
  const defaults =
    profile === undefined ? { ambientEndpoint: shared?.endpoint } : { ...(shared && { profile: shared }) };
  const named = parsePlace(side, flags, defaults);
  if (profile !== undefined && shared === undefined) throw await unknownProfile(side, profile);
  if (named.kind === 'directory') {
    await requireDirectory(side, url, named.path);
    return named;
  }
  const read = () => keysOf(side, named, shared);
  const { kind, provider, bucket, prefix } = named;
  const region = named.region ?? (await awsRegion(side, named));
  const endpoint = named.endpoint ?? awsEndpoint(region);
  const { requesterPays, kmsKey: kmsKeyArn } = flags;
  const asked = { requesterPays, kmsKeyArn };
  return {
    kind,
    provider,
    bucket,
    prefix,
    region,
    endpoint,
    ...asked,
    credentials: await read(),
    renewCredentials: read,
  };
}

/** A destination may be missing: it is made. */
async function requireDirectory(side: PlaceSide, url: string, path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true || (found === undefined && side === 'to')) return;
  const where = `--${side} ${url}`;
  if (found === undefined) {
    throw new UserError({ where, what: `there is no directory ${path}`, fix: 'name one that is there' });
  }
  const [folder, name] = [dirname(url), basename(path)];
  const fix =
    side === 'from'
      ? `copy it from its directory: --from ${folder} --include "/${name}"`
      : `name a directory, such as ${folder}`;
  throw new UserError({ where, what: 'it is a file', fix });
}

async function unknownProfile(side: PlaceSide, profile: string): Promise<UserError> {
  const names = await sharedProfileNames();
  const known = names.slice(0, profilesTold).join(', ');
  return new UserError({
    where: `${flagOf(side, 'profile')} ${profile}`,
    what: 'the AWS shared files have no such profile',
    fix:
      names.length === 0
        ? 'add it to ~/.aws/config'
        : `name one of theirs: ${known}${names.length > profilesTold ? ', ..' : ''}`,
  });
}

async function keysOf(side: PlaceSide, place: NamedBucket, shared: SharedProfile | undefined): Promise<AccessKeys> {
  if (place.profile === undefined && place.provider !== 'aws') return keysOfEnvironment(side, place.provider);
  try {
    // A new client each time: one client keeps what it found.
    const { accessKeyId, secretAccessKey, sessionToken } = await sdkClient(place).config.credentials();
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  } catch (cause) {
    const { profile } = place;
    if (profile !== undefined && shared !== undefined) {
      throw new UserError({
        where: `${flagOf(side, 'profile')} ${profile}`,
        ...whyNoCredentials(profile, shared, cause),
        cause,
      });
    }
    throw new UserError({
      where: `credentials of --${side}`,
      what: 'none were found, in the environment, the AWS shared files or from this machine',
      fix: `set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with ${flagOf(side, 'profile')}`,
      cause,
    });
  }
}

function keysOfEnvironment(side: PlaceSide, provider: 'r2' | 'b2'): AccessKeys {
  const variable = `SLUICE_${provider.toUpperCase()}`;
  const accessKeyId = process.env[`${variable}_ACCESS_KEY_ID`];
  const secretAccessKey = process.env[`${variable}_SECRET_ACCESS_KEY`];
  const sessionToken = process.env[`${variable}_SESSION_TOKEN`];
  if (!accessKeyId || !secretAccessKey) {
    throw new UserError({
      where: `credentials of --${side}`,
      what: 'none were given',
      fix: `add --${side}-profile NAME, or set ${variable}_ACCESS_KEY_ID and ${variable}_SECRET_ACCESS_KEY`,
    });
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

async function awsRegion(side: PlaceSide, place: NamedBucket): Promise<string> {
  try {
    return await sdkClient(place).config.region();
  } catch (cause) {
    // Servers of other makers take any region; most are set up with this one.
    if (place.endpoint !== undefined) return 'us-east-1';
    throw new UserError({
      where: `--${side}`,
      what: 'an s3:// place needs its region',
      fix: `add --${side}-region, such as eu-west-1, or set AWS_REGION`,
      cause,
    });
  }
}

/** Only configured, never sent: its way to credentials and region is the one that people know from other AWS tools. */
function sdkClient({ profile }: NamedBucket): STSClient {
  return new STSClient(profile === undefined ? {} : { profile });
}

/** AWS General Reference, "Amazon S3 endpoints". */
function awsEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}
