import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { SandboxStatus } from '../../sandbox/status.ts';

/** S3 with the keys of a sandbox's own administrator, who may do everything; the test destroys the client. */
export function awsAdministrator({ aws }: Pick<SandboxStatus, 'aws'>, settings: S3ClientConfig = {}): S3Client {
  const { endpoint, region, accessKeyId, secretAccessKey } = aws;
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true, ...settings });
}

/** The same on R2, in the default jurisdiction. */
export function r2Administrator({ r2 }: Pick<SandboxStatus, 'r2'>, settings: S3ClientConfig = {}): S3Client {
  const { endpoints, accessKeyId, secretAccessKey } = r2;
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({ endpoint: endpoints.default, region: 'auto', credentials, forcePathStyle: true, ...settings });
}
