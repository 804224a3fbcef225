/** Where the engine reads or writes. */
export type Place = BucketPlace | DirectoryPlace;

export interface BucketPlace {
  readonly kind: 'bucket';
  readonly provider: 'aws' | 'r2' | 'b2';
  /** Scheme, host and port: `https://s3.eu-west-1.amazonaws.com`. Requests are path style. */
  readonly endpoint: string;
  /** Signing region; `auto` on R2. */
  readonly region: string;
  readonly bucket: string;
  /** Empty or ending in `/`. The engine never names a key outside it. */
  readonly prefix: string;
  readonly credentials: AccessKeys;
  /** Whoever asks pays for requests and traffic; every request says so (S3 User Guide, "Requester Pays buckets"). */
  readonly requesterPays?: boolean | undefined;
  /** What is written here is encrypted with this key of KMS; an entity tag here is then no MD5. */
  readonly kmsKeyArn?: string | undefined;
  /** Reads the credentials anew, for when the provider no longer takes these: they expired, or were rotated. */
  readonly renewCredentials?: () => Promise<AccessKeys>;
}

/** What requests are signed with. */
export interface AccessKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface DirectoryPlace {
  readonly kind: 'directory';
  /** Absolute path. */
  readonly path: string;
}
