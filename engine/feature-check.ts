import { UserError } from '../base/user-error.ts';
import type { BucketPlace, Place } from './place.ts';
import type { RunOptions } from './run.ts';

type Asked = Pick<
  RunOptions,
  | 'operation'
  | 'source'
  | 'destination'
  | 'tags'
  | 'versions'
  | 'versionsAt'
  | 'appendOnly'
  | 'ifUnchanged'
  | 'serverSide'
>;

/**
 * Throws `UserError` where a run is asked for what its operation or a provider does not have:
 *
 * | asked | needs |
 * | --- | --- |
 * | `appendOnly` | a copy, to a directory, S3 or R2: B2 documents no `If-None-Match` on writes |
 * | `ifUnchanged` | a copy or sync to S3 or R2: only they document conditions for writes |
 * | `versions` | a source on S3: R2 keeps none, and B2 lists them otherwise |
 * | `versionsAt` | `versions` |
 * | `tags` of a verify | two sides on S3: nothing else keeps tags. (A copy notes what it loses.) |
 * | `serverSide` | a copy or sync between two buckets of one provider and one endpoint (R2, B2) or partition (S3); no `appendOnly`, no `ifUnchanged` |
 * | `requesterPays`, `kmsKeyArn` | a bucket on S3 |
 */
export function checkFeatures(options: Asked): void {
  const { operation, source, destination, tags, versions, versionsAt, appendOnly, ifUnchanged, serverSide } = options;
  for (const place of [source, destination]) checkPlace(place);
  if (appendOnly === true && operation === 'sync') {
    throw refused('append-only', 'a sync overwrites and deletes', 'run a copy');
  }
  if (appendOnly === true && operation === 'copy' && isOn(destination, 'b2')) {
    throw refused('append-only', 'B2 documents no condition for writes', 'leave it out, or write elsewhere');
  }
  if (ifUnchanged === true && operation !== 'verify' && !isOn(destination, 'aws') && !isOn(destination, 'r2')) {
    throw refused('if-unchanged', 'only S3 and R2 take conditions with writes', 'leave it out');
  }
  if (versionsAt !== undefined && versions !== true) {
    throw refused('versions', 'a time was given for versions that are not read', 'read versions too');
  }
  if (versions === true && !isOn(source, 'aws')) {
    throw refused('versions', 'only S3 lists versions as they are read here', 'leave it out');
  }
  if (tags === true && operation === 'verify' && !(isOn(source, 'aws') && isOn(destination, 'aws'))) {
    throw refused('tags', 'only S3 keeps tags, and one side is not on S3', 'leave it out');
  }
  if (serverSide === true && operation !== 'verify') checkServerSide(options);
}

function checkServerSide({ source, destination, appendOnly, ifUnchanged }: Asked): void {
  const [from, to] = [source, destination];
  if (from.kind !== 'bucket' || to.kind !== 'bucket' || from.provider !== to.provider) {
    throw refused('server-side copy', 'the two sides are not buckets of one provider', 'leave it out');
  }
  // S3 copies across its regions, and is told by the endpoint to which; others see nothing beyond their endpoint.
  if (from.provider !== 'aws' && new URL(from.endpoint).origin !== new URL(to.endpoint).origin) {
    throw refused('server-side copy', 'the two buckets have different endpoints', 'leave it out');
  }
  if (appendOnly === true || ifUnchanged === true) {
    const other = appendOnly === true ? 'append-only' : 'if-unchanged';
    throw refused('server-side copy', 'it takes no condition on what is there already', `leave out ${other}`);
  }
}

function checkPlace(place: Place): void {
  if (place.kind !== 'bucket' || place.provider === 'aws') return;
  if (place.requesterPays === true) throw refused('requester pays', `${place.bucket} is not on S3`, 'leave it out');
  if (place.kmsKeyArn !== undefined) throw refused('KMS key', `${place.bucket} is not on S3`, 'leave it out');
}

function isOn(place: Place, provider: BucketPlace['provider']): boolean {
  return place.kind === 'bucket' && place.provider === provider;
}

function refused(where: string, what: string, fix: string): UserError {
  return new UserError({ where, what, fix });
}
