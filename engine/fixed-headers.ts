import type { BucketPlace } from './place.ts';
import type { S3Connection } from './s3-connection.ts';
import type { S3Call } from './s3-request.ts';

/** The same connection, each of whose requests also says what the place asks of all of them; itself where that is nothing. */
export function withFixedHeaders(connection: S3Connection, place: Pick<BucketPlace, 'requesterPays'>): S3Connection {
  if (place.requesterPays !== true) return connection;
  const fixed = { 'x-amz-request-payer': 'requester' };
  const complete = (call: S3Call): S3Call => ({ ...call, headers: { ...call.headers, ...fixed } });
  return {
    ...connection,
    send: (call, attempt) => connection.send(complete(call), attempt),
    open: (call, attempt) => connection.open(complete(call), attempt),
    fetch: (call, options) => connection.fetch(complete(call), options),
  };
}

/** What every write to the place says of its encryption (S3 User Guide, "Specifying server-side encryption with AWS KMS"). */
export function encryptionHeaders({ kmsKeyArn }: Pick<BucketPlace, 'kmsKeyArn'>): Readonly<Record<string, string>> {
  if (kmsKeyArn === undefined) return {};
  return { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': kmsKeyArn };
}
