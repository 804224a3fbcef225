import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ReceivedBody } from '../store/disk-world.ts';
import { S3Error } from './s3-error.ts';

/** Server-side encryption (S3 User Guide, "Protecting data with encryption"). Nothing is encrypted; who may use which key is decided. */
const kmsAlgorithms = ['aws:kms', 'aws:kms:dsse'] as const;
const algorithms = ['AES256', ...kmsAlgorithms] as const;
type Algorithm = (typeof algorithms)[number];

export const encryptionSchema = z.strictObject({
  Rule: z
    .array(
      z.strictObject({
        ApplyServerSideEncryptionByDefault: z
          .strictObject({ SSEAlgorithm: z.enum(algorithms), KMSMasterKeyID: z.string().min(1).exactOptional() })
          .exactOptional(),
        BucketKeyEnabled: z.enum(['true', 'false']).exactOptional(),
      }),
    )
    .length(1),
});
export type EncryptionConfiguration = z.infer<typeof encryptionSchema>;

/** What S3 gives every bucket since 2023. */
export const encryptionDefault: EncryptionConfiguration = {
  Rule: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: 'false' }],
};

/** Where a key that is named without an ARN lies. */
export interface KeyHome {
  readonly region: string;
  readonly accountId: string;
}

/** Throws `InvalidArgument` for a key that nothing would use, and as `keyArn`. */
export function checkEncryption({ Rule: rules }: EncryptionConfiguration, home: KeyHome): void {
  for (const { ApplyServerSideEncryptionByDefault: given } of rules) {
    if (given?.KMSMasterKeyID === undefined) continue;
    if (given.SSEAlgorithm === 'AES256') {
      const message = 'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse';
      throw new S3Error('InvalidArgument', message);
    }
    keyArn(given.KMSMasterKeyID, home);
  }
}

export interface Encryption {
  readonly algorithm: Algorithm;
  /** Of a KMS key. */
  readonly keyArn?: string;
  readonly bucketKey?: true;
}

const algorithmHeader = 'x-amz-server-side-encryption';
const keyHeader = 'x-amz-server-side-encryption-aws-kms-key-id';
const bucketKeyHeader = 'x-amz-server-side-encryption-bucket-key-enabled';
const customerHeader = /^x-amz-(copy-source-)?server-side-encryption-customer-/;

/** How a write is to be encrypted: as its headers say, else as the bucket's configuration does. Throws `InvalidArgument`. */
export function encryptionAsked(
  headers: Readonly<Record<string, string>>,
  { Rule: [rule] }: EncryptionConfiguration,
  home: KeyHome,
): Encryption {
  const { [algorithmHeader]: asked, [keyHeader]: key, [bucketKeyHeader]: bucketKey = rule?.BucketKeyEnabled } = headers;
  const { SSEAlgorithm, KMSMasterKeyID } = rule?.ApplyServerSideEncryptionByDefault ?? { SSEAlgorithm: 'AES256' };
  const algorithm = asked === undefined ? SSEAlgorithm : algorithms.find((each) => each === asked);
  if (algorithm === undefined) {
    throw new S3Error('InvalidArgument', 'The encryption method specified is not supported', {
      ArgumentName: algorithmHeader,
      ArgumentValue: asked ?? '',
    });
  }
  if (key !== undefined && (asked === undefined || asked === 'AES256')) {
    throw new S3Error(
      'InvalidArgument',
      `Server Side Encryption with AWS KMS managed key requires HTTP header ${algorithmHeader} : aws:kms`,
    );
  }
  if (algorithm === 'AES256') return { algorithm };
  return {
    algorithm,
    keyArn: keyArn(key ?? (asked === undefined ? KMSMasterKeyID : undefined) ?? managedAlias, home),
    ...(bucketKey?.toLowerCase() === 'true' && { bucketKey: true }),
  };
}

const managedAlias = 'alias/aws/s3';

/** The ARN of a key named by its id, ARN or the alias of S3's own. Throws `InvalidArgument`, `NotImplemented` for other aliases. */
function keyArn(named: string, home: KeyHome): string {
  const own = `arn:aws:kms:${home.region}:${home.accountId}:`;
  if (named === managedAlias || named === `${own}${managedAlias}`) return managedKeyArn(home);
  if (/^[\w-]{1,256}$/.test(named)) return `${own}key/${named}`;
  const [, region] = /^arn:aws[\w-]*:kms:([\w-]+):\d{12}:key\/[\w-]{1,256}$/.exec(named) ?? [];
  if (region === home.region) return named;
  if (region !== undefined) throw new S3Error('InvalidArgument', `Invalid arn ${region}`);
  if (named.includes('alias/')) throw new S3Error('NotImplemented', 'Aliases of KMS keys are not implemented');
  throw new S3Error('InvalidArgument', 'The KMS key is neither a key id nor the ARN of a key');
}

/** The key that S3 itself keeps in every account, and that everybody there may use through S3. */
export function managedKeyArn({ region, accountId }: KeyHome): string {
  const hex = createHash('sha256').update(`${accountId}/${managedAlias}`).digest('hex');
  const id = /^(.{8})(.{4})(.{4})(.{4})(.{12})/.exec(hex)?.slice(1).join('-') ?? '';
  return `arn:aws:kms:${region}:${accountId}:key/${id}`;
}

/** What an object keeps of its encryption, and answers say; nothing of S3's default, which `encryptionOf` adds. */
export function encryptionToHeaders({ algorithm, keyArn: arn, bucketKey }: Encryption): Record<string, string> {
  if (arn === undefined) return {};
  return { [algorithmHeader]: algorithm, [keyHeader]: arn, ...(bucketKey && { [bucketKeyHeader]: 'true' }) };
}

/** The KMS key that an object's headers name. */
export function keyOfHeaders(headers: Readonly<Record<string, string>>): string | undefined {
  return headers[keyHeader];
}

/** A body that is encrypted as these headers say: of what KMS encrypts the entity tag only looks like an MD5 (S3 API reference, "Object"). */
export function encrypted(received: ReceivedBody, headers: Readonly<Record<string, string>>): ReceivedBody {
  return keyOfHeaders(headers) === undefined ? received : { ...received, entityTag: randomBytes(16).toString('hex') };
}

/** The headers that speak of encryption: of a copy they are its own, not its source's. */
export function withoutEncryption(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(algorithmHeader)));
}

/** The headers that speak of encryption, which answers repeat. */
export function onlyEncryption(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith(algorithmHeader)));
}

/** Throws `InvalidRequest` for a customer's key over a connection that shows it to everybody, `NotImplemented` over others. */
export function refuseCustomerKeys(headers: Readonly<Record<string, string>>, secure: boolean): void {
  const header = Object.keys(headers).find((name) => customerHeader.test(name));
  if (header === undefined) return;
  if (secure) throw new S3Error('NotImplemented', undefined, { Header: header });
  throw new S3Error(
    'InvalidRequest',
    'Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.',
  );
}
