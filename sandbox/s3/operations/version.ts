import { S3Error } from '../s3-error.ts';
import { nullVersion } from './list-objects.ts';

/** Buckets keep one version of an object, which is called `null`. Throws for any other. */
export function checkVersion(versionId: string | undefined): void {
  if (versionId === undefined || versionId === nullVersion) return;
  throw new S3Error('InvalidArgument', 'Invalid version id specified', {
    ArgumentName: 'versionId',
    ArgumentValue: versionId,
  });
}
