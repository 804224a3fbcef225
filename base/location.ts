/** The places that data moves between. Plain data: what the configuration says, completed with its defaults. */

/** R2 keeps each jurisdiction's buckets apart, behind an endpoint of its own. */
export const jurisdictions = ['default', 'eu', 'us', 'fedramp'] as const;
export type Jurisdiction = (typeof jurisdictions)[number];

export type Partition = 'aws' | 'aws-cn' | 'aws-us-gov';

export interface AwsLocation {
  readonly provider: 'aws';
  readonly bucket: string;
  /** Empty (the whole bucket) or ending in `/`. */
  readonly prefix: string;
  readonly region: string;
  /** Whose the bucket is; another account than that of the credentials lets them in by its bucket policy. */
  readonly accountId: string;
  readonly partition: Partition;
  /** The key that the bucket's objects are encrypted with, where it is a customer's own. */
  readonly kmsKeyArn?: string;
  /** The bucket's owner lets whoever asks pay: each request says so, and costs the caller's account. */
  readonly requesterPays?: true;
}

export interface R2Location {
  readonly provider: 'r2';
  readonly bucket: string;
  /** Empty (the whole bucket) or ending in `/`. */
  readonly prefix: string;
  readonly jurisdiction: Jurisdiction;
  readonly accountId: string;
}

export interface FileLocation {
  readonly provider: 'file';
  /** A directory; relative to the project. It needs no grant. */
  readonly path: string;
}

/** A place in a bucket: what a grant can name. */
export type BucketLocation = AwsLocation | R2Location;
export type Location = BucketLocation | FileLocation;

const schemes = { aws: 's3', r2: 'r2' } as const;

/** `s3://media-prod/uploads/`, `r2://media/uploads/` (`r2://media.eu/..` outside the default jurisdiction) or `file:./exports`. */
export function locationUrl(location: Location): string {
  if (location.provider === 'file') return `file:${location.path}`;
  const world = location.provider === 'r2' && location.jurisdiction !== 'default' ? `.${location.jurisdiction}` : '';
  return `${schemes[location.provider]}://${location.bucket}${world}/${location.prefix}`;
}
