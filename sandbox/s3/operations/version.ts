import { z } from 'zod';
import { nullVersion, type DiskObject } from '../../store/disk-world.ts';
import { versionOf } from '../../store/key-versions.ts';
import { sendEmpty, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { readXml } from '../request-xml.ts';
import { S3Error } from '../s3-error.ts';
import { document, field } from '../xml.ts';

/** Versions of objects (S3 User Guide, "Retaining multiple versions of objects with S3 Versioning"). R2 has none. */
const versioningSchema = z.object({
  Status: z.enum(['Enabled', 'Suspended']).optional(),
  MfaDelete: z.enum(['Enabled', 'Disabled']).optional(),
});

/**
 * Turns versions on or suspends them; they never go away again (S3 API reference, PutBucketVersioning). Throws `MalformedXML`,
 * `IllegalVersioningConfigurationException`, `NotImplemented` for MFA delete, `InvalidBucketState` under Object Lock.
 */
export async function putBucketVersioning({ world, bucket, body, response }: Call): Promise<void> {
  const { Status, MfaDelete } = await readXml(body(), 'VersioningConfiguration', versioningSchema);
  if (MfaDelete === 'Enabled') throw new S3Error('NotImplemented', 'MFA delete is not implemented');
  if (Status === undefined) throw new S3Error('IllegalVersioningConfigurationException');
  if (Status === 'Suspended' && typeof world.setting(bucket, 'objectLock') === 'string') {
    throw new S3Error(
      'InvalidBucketState',
      'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
    );
  }
  await world.changeSetting(bucket, 'versioning', Status);
  sendEmpty(response);
}

/** S3 API reference, GetBucketVersioning. */
export function getBucketVersioning({ world, bucket, response }: Call): void {
  sendXml(response, document('VersioningConfiguration', field('Status', versioningOf(world, bucket))));
}

/** `Enabled`, `Suspended`, or undefined for a bucket that never had versions. */
export function versioningOf(world: Call['world'], bucket: string): string | undefined {
  return world.setting(bucket, 'versioning') ?? undefined;
}

const ids = /^[0-9a-f]{32}$/;

/** Throws `InvalidArgument` for what is no version's id; R2 knows only the one of objects without versions. */
export function checkVersion({ profile }: Call, versionId: string | undefined): void {
  if (versionId === undefined || versionId === nullVersion) return;
  if (profile.provider === 'aws' && ids.test(versionId)) return;
  throw new S3Error('InvalidArgument', 'Invalid version id specified', {
    ArgumentName: 'versionId',
    ArgumentValue: versionId,
  });
}

/** `x-amz-version-id`, which answers carry where the bucket has, or had, versioning. */
export function versionHeaders(
  { world, profile }: Call,
  bucket: string,
  object: DiskObject,
  name = 'x-amz-version-id',
): Record<string, string> {
  if (profile.provider !== 'aws' || versioningOf(world, bucket) === undefined) return {};
  return { [name]: versionOf(object) };
}

/** What is said of a delete marker that stands where an object was asked for. */
export function markerHeaders(marker: DiskObject): Record<string, string> {
  return { 'x-amz-delete-marker': 'true', 'x-amz-version-id': versionOf(marker) };
}
