import { sendEmpty, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { checkCors, corsSchema, type CorsRule } from '../cors.ts';
import { checkIntegrity } from '../integrity.ts';
import { readXml } from '../request-xml.ts';
import { S3Error } from '../s3-error.ts';
import { branches, document } from '../xml.ts';

/** The cross-origin rules of a bucket; none where it has no such configuration. */
export function corsRulesOf(world: Call['world'], bucket: string): readonly CorsRule[] {
  const setting = world.setting(bucket, 'cors');
  return typeof setting === 'string' ? corsSchema.parse(JSON.parse(setting)).CORSRule : [];
}

/** The cross-origin rules of a bucket (S3 API reference, GetBucketCors). Throws `NoSuchCORSConfiguration`. */
export function getBucketCors({ world, bucket, response }: Call): void {
  const CORSRule = corsRulesOf(world, bucket);
  if (CORSRule.length === 0) throw new S3Error('NoSuchCORSConfiguration', undefined, { BucketName: bucket });
  sendXml(response, document('CORSConfiguration', ...branches({ CORSRule })));
}

/** Replaces the rules (S3 API reference, PutBucketCors). Throws `MalformedXML`, and as `checkIntegrity` and `checkCors`. */
export async function putBucketCors(call: Call): Promise<void> {
  const { world, bucket, response } = call;
  checkIntegrity(call);
  const configuration = await readXml(call.body(), 'CORSConfiguration', corsSchema);
  checkCors(configuration);
  await world.changeSetting(bucket, 'cors', JSON.stringify(configuration));
  sendEmpty(response);
}
