import type { DiskObject } from '../../store/disk-world.ts';
import { sendEmpty, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import {
  checkEncryption,
  encryptionAsked,
  encryptionDefault,
  encryptionSchema,
  encryptionToHeaders,
  keyOfHeaders,
  managedKeyArn,
  type EncryptionConfiguration,
  type KeyHome,
} from '../encryption.ts';
import { readXml } from '../request-xml.ts';
import { branches, document } from '../xml.ts';

/** A bucket's default encryption, that of the objects in it, and the KMS permissions it takes. */
function encryptionConfigurationOf({ world, bucket }: Call): EncryptionConfiguration {
  const setting = world.setting(bucket, 'encryption');
  return typeof setting === 'string' ? encryptionSchema.parse(JSON.parse(setting)) : encryptionDefault;
}

/** How new objects are encrypted where their writes do not say (S3 API reference, GetBucketEncryption): AES256 unless it was changed. */
export function getBucketEncryption(call: Call): void {
  const configuration = encryptionConfigurationOf(call);
  sendXml(call.response, document('ServerSideEncryptionConfiguration', ...branches(configuration)));
}

/** Replaces it (S3 API reference, PutBucketEncryption). Throws `MalformedXML`, and as `checkEncryption`. */
export async function putBucketEncryption(call: Call): Promise<void> {
  const { world, bucket, response } = call;
  const configuration = await readXml(call.body(), 'ServerSideEncryptionConfiguration', encryptionSchema);
  checkEncryption(configuration, keyHome(call));
  await world.changeSetting(bucket, 'encryption', JSON.stringify(configuration));
  sendEmpty(response);
}

/**
 * What a write keeps of its encryption. Throws `InvalidArgument`, and `AccessDenied` where the caller may not use the KMS key: a
 * multipart upload is encrypted part by part, and read again when it is completed (S3 User Guide, "Using SSE-KMS").
 */
export function encryptionToKeep(
  call: Call,
  actions: NonNullable<Call['storage']['kmsKey']>['actions'] = ['kms:GenerateDataKey'],
): Record<string, string> {
  if (call.profile.provider !== 'aws') return {};
  const home = keyHome(call);
  const encryption = encryptionAsked(call.headers, encryptionConfigurationOf(call), home);
  decideOnKey(call, encryption.keyArn, actions);
  return encryptionToHeaders(encryption);
}

/** Throws `AccessDenied` where the caller may not decrypt the object that the call reads. */
export function checkDecryption(call: Call, { headers }: DiskObject): void {
  decideOnKey(call, keyOfHeaders(headers), ['kms:Decrypt']);
}

function decideOnKey(
  call: Call,
  arn: string | undefined,
  actions: NonNullable<Call['storage']['kmsKey']>['actions'],
): void {
  if (arn === undefined || arn === managedKeyArn(keyHome(call))) return;
  const asked = { kmsKey: { arn, actions } };
  const decision = call.decide(asked);
  if (decision.verdict !== 'allowed') throw call.denied(asked, decision);
}

/** One account owns all buckets and callers; an anonymous one has no key of its own. */
function keyHome({ region, principal }: Call): KeyHome {
  return { region, accountId: principal?.split(':')[4] ?? '' };
}
