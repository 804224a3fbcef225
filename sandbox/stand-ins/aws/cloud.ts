import type { IAM } from '@aws-sdk/client-iam';
import type { S3 } from '@aws-sdk/client-s3';
import type { STS } from '@aws-sdk/client-sts';

export type AwsEndpoints = Readonly<Record<'iam' | 'sts' | 's3', string>>;

interface AwsOptions {
  readonly region: string;
  readonly endpoints: AwsEndpoints;
  readonly s3UsePathStyle: boolean;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** How often a request is tried in all; the SDK's own number when undefined. */
  readonly attempts: number | undefined;
  readonly defaultTags: Readonly<Record<string, string>>;
  readonly ignoreTags: { readonly keys: readonly string[]; readonly keyPrefixes: readonly string[] };
}

/** A configured provider: where AWS is, who asks, and a client a service, each loaded when it is first needed. */
export interface AwsCloud extends AwsOptions {
  /** A client for S3 in the bucket's region. */
  s3(region: string): Promise<S3>;
  iam(): Promise<IAM>;
  sts(): Promise<STS>;
}

/** IAM is one service for all regions, and signs for this one. */
const iamRegion = 'us-east-1';

/** Clients are made when they are first asked for: an SDK takes longer to load than most deploys need. */
export function awsCloud(options: AwsOptions): AwsCloud {
  const { credentials, endpoints, s3UsePathStyle } = options;
  const shared = { credentials, ...(options.attempts === undefined ? {} : { maxAttempts: options.attempts }) };
  const s3ByRegion = new Map<string, Promise<S3>>();
  let iam: Promise<IAM> | undefined;
  return {
    ...options,
    s3(region) {
      const client =
        s3ByRegion.get(region) ??
        import('@aws-sdk/client-s3').then(
          ({ S3 }) => new S3({ ...shared, region, endpoint: endpoints.s3, forcePathStyle: s3UsePathStyle }),
        );
      s3ByRegion.set(region, client);
      return client;
    },
    iam: () =>
      (iam ??= import('@aws-sdk/client-iam').then(
        ({ IAM }) => new IAM({ ...shared, region: iamRegion, endpoint: endpoints.iam }),
      )),
    sts: () =>
      import('@aws-sdk/client-sts').then(
        ({ STS }) => new STS({ ...shared, region: options.region, endpoint: endpoints.sts }),
      ),
  };
}
