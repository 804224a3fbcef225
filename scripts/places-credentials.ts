import { STSClient } from '@aws-sdk/client-sts';
import { UserError } from '../base/user-error.ts';
import type { AccessKeys, Place } from '../engine/place.ts';
import { type NamedPlace, parsePlace, type PlaceFlags, type PlaceSide } from './places.ts';

type NamedBucket = Extract<NamedPlace, { kind: 'bucket' }>;

/**
 * The place that a URL names, with the credentials to use there: those of the profile, where one is named; on aws whatever the
 * SDK's own chain finds; on R2 and B2 SLUICE_R2_.. and SLUICE_B2_ACCESS_KEY_ID, _SECRET_ACCESS_KEY and _SESSION_TOKEN. The
 * ambient AWS credentials are for AWS alone: a session token is sent as it is, and belongs to nobody else.
 * Throws `UserError` where there are none.
 */
export async function openPlace(side: PlaceSide, flags: PlaceFlags): Promise<Place> {
  const named = parsePlace(side, flags);
  if (named.kind === 'directory') return named;
  const read = () => keysOf(side, named);
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

async function keysOf(side: PlaceSide, place: NamedBucket): Promise<AccessKeys> {
  if (place.profile === undefined && place.provider !== 'aws') return keysOfEnvironment(side, place.provider);
  try {
    // A new client each time: one client keeps what it found.
    const { accessKeyId, secretAccessKey, sessionToken } = await sdkClient(place).config.credentials();
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  } catch (cause) {
    throw new UserError({
      where: place.profile === undefined ? `credentials of --${side}` : `--${side}-profile ${place.profile}`,
      what: 'no credentials were found',
      fix: `add them to the AWS shared credentials file, and name them with --${side}-profile`,
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
