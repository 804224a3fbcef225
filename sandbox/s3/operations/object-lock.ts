import type { z } from 'zod';
import type { StorageRequest } from '../../../policies/storage-request.ts';
import type { DiskObject, ObjectLock } from '../../store/disk-world.ts';
import { sendEmpty, sendXml } from '../answer.ts';
import type { Call } from '../call.ts';
import { checkIntegrity, hasIntegrity } from '../integrity.ts';
import {
  checkLockConfiguration,
  defaultRetention,
  future,
  isHeld,
  legalHoldSchema,
  lockConfigurationSchema,
  lockOfHeaders,
  lockToHeaders,
  mayBecome,
  remainingDays,
  retentionSchema,
  type LockConfiguration,
} from '../object-lock.ts';
import { readXml } from '../request-xml.ts';
import { S3Error } from '../s3-error.ts';
import { branches, document, field } from '../xml.ts';
import { existing } from './read-object.ts';
import { versioningOf } from './version.ts';

/** Object Lock of buckets and of single versions; object-lock.ts beside the operations says what it forbids. */
function lockConfigurationOf(world: Call['world'], bucket: string): LockConfiguration | undefined {
  const setting = world.setting(bucket, 'objectLock');
  return typeof setting === 'string' ? lockConfigurationSchema.parse(JSON.parse(setting)) : undefined;
}

/** Makes a new bucket one with versions and Object Lock; neither can be undone. */
export async function enableObjectLock(world: Call['world'], bucket: string): Promise<void> {
  await world.changeSetting(bucket, 'versioning', 'Enabled');
  await world.changeSetting(bucket, 'objectLock', JSON.stringify({ ObjectLockEnabled: 'Enabled' }));
}

/** S3 API reference, GetObjectLockConfiguration. Throws `ObjectLockConfigurationNotFoundError`. */
export function getObjectLockConfiguration({ world, bucket, response }: Call): void {
  const configuration = lockConfigurationOf(world, bucket);
  if (configuration === undefined) {
    throw new S3Error('ObjectLockConfigurationNotFoundError', undefined, { BucketName: bucket });
  }
  sendXml(response, document('ObjectLockConfiguration', ...branches(configuration)));
}

/**
 * Turns Object Lock on, with a default retention or without (S3 API reference, PutObjectLockConfiguration). Throws
 * `MalformedXML`, `InvalidBucketState` for a bucket without versions, and as `checkIntegrity` and `checkLockConfiguration`.
 */
export async function putObjectLockConfiguration(call: Call): Promise<void> {
  const { world, bucket, response } = call;
  checkIntegrity(call);
  const { Rule } = await readXml(call.body(), 'ObjectLockConfiguration', lockConfigurationSchema);
  const configuration: LockConfiguration = { ObjectLockEnabled: 'Enabled', ...(Rule && { Rule }) };
  checkLockConfiguration(configuration);
  if (versioningOf(world, bucket) !== 'Enabled') {
    throw new S3Error(
      'InvalidBucketState',
      "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    );
  }
  await world.changeSetting(bucket, 'objectLock', JSON.stringify(configuration));
  sendEmpty(response);
}

/** S3 API reference, GetObjectRetention. Throws `NoSuchObjectLockConfiguration` for a version that is not retained, and as `lockOf`. */
export function getObjectRetention(call: Call): void {
  const { retention } = lockOf(call).lock ?? {};
  if (retention === undefined) throw new S3Error('NoSuchObjectLockConfiguration');
  const RetainUntilDate = new Date(retention.untilMs).toISOString();
  sendXml(call.response, document('Retention', ...branches({ Mode: retention.mode, RetainUntilDate })));
}

/** Policies look into the body (`s3:object-lock-mode` and its like), so that the decision comes after it. */
export async function putObjectRetention(call: Call): Promise<void> {
  const { now, world, bucket, response } = call;
  const given = await readOrRefuse(call, 'Retention', retentionSchema);
  const retention = given && { mode: given.Mode, untilMs: Date.parse(given.RetainUntilDate) };
  const asked = retention && { retentionDays: remainingDays(retention.untilMs, now) };
  decideOn(call, { ...(retention && { retention }) }, asked);
  if (retention !== undefined) future(retention, now);
  const object = lockOf(call);
  if (!mayBecome(object.lock?.retention, retention, now, bypasses(call))) throw protectedByLock();
  const { legalHold } = object.lock ?? {};
  const lock: ObjectLock = { ...(retention && { retention }), ...(legalHold !== undefined && { legalHold }) };
  world.amend(bucket, object, { lock });
  sendEmpty(response);
}

/** S3 API reference, GetObjectLegalHold. Throws `NoSuchObjectLockConfiguration` for a version that never had one, and as `lockOf`. */
export function getObjectLegalHold(call: Call): void {
  const { legalHold } = lockOf(call).lock ?? {};
  if (legalHold === undefined) throw new S3Error('NoSuchObjectLockConfiguration');
  sendXml(call.response, document('LegalHold', field('Status', legalHold)));
}

/**
 * S3 API reference, PutObjectLegalHold. Decided after the body, as `putObjectRetention`. Throws `AccessDenied`, `MalformedXML`,
 * and as `lockOf`.
 */
export async function putObjectLegalHold(call: Call): Promise<void> {
  const { Status: legalHold } = await readOrRefuse(call, 'LegalHold', legalHoldSchema);
  decideOn(call, { legalHold });
  const object = lockOf(call);
  call.world.amend(call.bucket, object, { lock: { ...object.lock, legalHold } });
  sendEmpty(call.response);
}

/** The body, read before the decision; who may not make the call at all hears that, not what is wrong with it. */
async function readOrRefuse<Parsed>(call: Call, root: string, schema: z.ZodType<Parsed>): Promise<Parsed> {
  try {
    checkIntegrity(call);
    return await readXml(call.body(), root, schema);
  } catch (error) {
    decideOn(call, {});
    throw error;
  }
}

/** Decides the call with what its body asks for, as if headers said it. */
function decideOn(call: Call, lock: ObjectLock, more: Pick<StorageRequest, 'retentionDays'> = {}): void {
  const asked = { headers: { ...call.storage.headers, ...lockToHeaders(lock) }, ...more };
  const decision = call.decide(asked);
  if (decision.verdict !== 'allowed') throw call.denied(asked, decision);
}

/** The version asked for. Throws `InvalidRequest` where the bucket has no Object Lock, and as `existing`. */
function lockOf(call: Call): DiskObject {
  requireLock(call);
  return existing(call);
}

function requireLock({ world, bucket }: Call): LockConfiguration {
  const configuration = lockConfigurationOf(world, bucket);
  if (configuration !== undefined) return configuration;
  throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration');
}

/** The lock that a write gives its object: that of its headers, else the bucket's default. Throws `InvalidRequest`, `InvalidArgument`. */
export function lockToKeep(call: Call): { readonly lock?: ObjectLock } {
  const { world, bucket, headers, now } = call;
  const asked = lockOfHeaders(headers, now);
  const isAsked = Object.keys(asked).length > 0;
  const configuration = isAsked ? requireLock(call) : lockConfigurationOf(world, bucket);
  const retention = asked.retention ?? (configuration && defaultRetention(configuration, now));
  const lock: ObjectLock = { ...asked, ...(retention && { retention }) };
  return Object.keys(lock).length === 0 ? {} : { lock };
}

/** Throws `InvalidRequest` for an object that is to be locked and whose body nothing vouches for. */
export function checkLockedBody(call: Call, lock: ObjectLock | undefined): void {
  if (lock === undefined || hasIntegrity(call)) return;
  throw new S3Error(
    'InvalidRequest',
    'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
  );
}

/** Throws `AccessDenied` for a version that its lock holds against this caller; that the bypass is permitted was decided before. */
export function refuseHeld(call: Call, version: DiskObject): void {
  if (isHeld(version, call.now, bypasses(call))) throw protectedByLock();
}

function bypasses({ headers }: Call): boolean {
  return headers['x-amz-bypass-governance-retention']?.toLowerCase() === 'true';
}

function protectedByLock(): S3Error {
  return new S3Error('AccessDenied', 'Access Denied because object protected by object lock.');
}

/** Retention and legal hold among the headers of an answer, for who may read each of them (S3 API reference, GetObject). */
export function lockHeaders(call: Call, { lock }: DiskObject): Record<string, string> {
  if (lock === undefined) return {};
  const may = (operation: 'GetObjectRetention' | 'GetObjectLegalHold'): boolean =>
    call.decide({ operation }).verdict === 'allowed';
  const { retention, legalHold } = lock;
  return lockToHeaders({
    ...(retention && may('GetObjectRetention') && { retention }),
    ...(legalHold !== undefined && may('GetObjectLegalHold') && { legalHold }),
  });
}
