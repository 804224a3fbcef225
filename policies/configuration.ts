import type { FileLocation, AwsLocation, Jurisdiction, Partition, R2Location } from '../base/location.ts';
import type { Ability } from './ability.ts';
import type { Generations } from './generation.ts';
import type { Operation } from './operation.ts';
import type { RoleIdentity } from './role-trust.ts';

export { parseConfiguration, type ParseOptions } from './configuration/parse.ts';

/** A stack's configuration, parsed: every default filled in, every rule of docs/configuration.md checked. */
export interface Configuration {
  readonly stack: string;
  readonly format: 1;
  readonly environment: string;
  readonly providers: Providers;
  /** Present exactly where `environment` is `sandbox`. */
  readonly endpoints?: Endpoints;
  /** What belongs to this environment; empty where the stack draws no line. */
  readonly boundary: readonly BoundaryConfiguration[];
  readonly migrations: readonly MigrationConfiguration[];
  readonly buckets: readonly BucketConfiguration[];
  readonly domains: readonly DomainConfiguration[];
  readonly smoke: SmokeConfiguration;
  readonly approvedWidenings: readonly ApprovedWidening[];
}

export interface Providers {
  readonly aws?: {
    readonly accountId: string;
    readonly partition: Partition;
    readonly region: string;
    /** Whether this stack makes the account's one provider of GitHub's tokens; it is there already where absent. */
    readonly githubOidcProvider?: 'existing' | 'create';
  };
  readonly r2?: { readonly accountId: string };
}

/** Loopback endpoints of the sandbox: the one place that replaces the providers' public endpoints. */
export interface Endpoints {
  readonly aws?: { readonly s3: string; readonly iam: string; readonly sts: string };
  readonly r2?: Readonly<Partial<Record<Jurisdiction, string>>>;
  readonly edge?: { readonly http?: string; readonly https?: string };
}

/** A side of a migration. A directory has no credential, nor has the source of a server-side copy: its destination's reads it. */
export type SideConfiguration =
  | { readonly location: AwsLocation | R2Location; readonly credential: Generations; readonly role?: undefined }
  /** Sessions of a role in place of keys. */
  | { readonly location: AwsLocation; readonly role: RoleIdentity; readonly credential?: undefined }
  | { readonly location: FileLocation | AwsLocation; readonly credential?: undefined; readonly role?: undefined };

export interface MigrationConfiguration {
  readonly name: string;
  readonly operation: Operation;
  readonly source: SideConfiguration;
  readonly destination: SideConfiguration;
  readonly options: {
    readonly verification: 'listing' | 'content';
    readonly deletesMax: number;
    readonly deletesMaxPercent: number;
  } & MigrationOptions;
  /** What post-deploy does with it. */
  readonly afterDeploy: 'run' | 'smoke-only' | 'nothing';
  /** Why it may leave the boundary, and the last day on which it may; present exactly where it does. */
  readonly crossEnvironment?: { readonly reason: string; readonly until: string };
}

/** What an operation does beyond its plain form; each is present exactly where it is on. */
export interface MigrationOptions {
  /** The source is read from its versions, as it was when it was listed. */
  readonly versions?: true;
  /** Objects keep their tags. */
  readonly tags?: true;
  /** Objects are created at the destination, never overwritten; its policy sees to it. */
  readonly appendOnly?: true;
  /** S3 copies by itself, from bucket to bucket: one credential holds both sides. */
  readonly serverSide?: true;
  /** Credentials on AWS are refused over plain HTTP, whatever another policy allows. */
  readonly tlsOnly?: true;
}

/** A bucket, or a prefix of one, in the stack's own account. */
export interface BoundaryConfiguration {
  readonly provider: 'aws' | 'r2';
  readonly bucket: string;
  readonly prefix: string;
}

/** What `sluice access diff` lets through although it widens. */
export interface ApprovedWidening {
  /** `media/destination`, or `domain/files.example.com`. */
  readonly access: string;
  /** `serve`: a hostname's audience. */
  readonly abilities: readonly (Ability | 'serve')[];
  /** The place as the access diff shows it; what lies under it is approved too. */
  readonly where: string;
  readonly reason: string;
  readonly approvedBy: string;
  /** The last day on which it counts, `YYYY-MM-DD`. */
  readonly until: string;
}

export type BucketConfiguration =
  | {
      readonly provider: 'aws';
      readonly name: string;
      readonly region: string;
      readonly protect: boolean;
      readonly emptyOnDestroy: boolean;
    }
  | {
      readonly provider: 'r2';
      readonly name: string;
      readonly jurisdiction: Jurisdiction;
      readonly accountId: string;
      readonly protect: boolean;
      readonly emptyOnDestroy: boolean;
    };

export interface DomainConfiguration {
  readonly hostname: string;
  readonly zone: { readonly id: string; readonly name: string };
  readonly bucket: { readonly name: string; readonly jurisdiction: Jurisdiction };
  readonly minimumTls: '1.0' | '1.1' | '1.2' | '1.3';
  /** Go duration: `24h`. */
  readonly sessionDuration: string;
  readonly policies: readonly AccessPolicyConfiguration[];
  readonly serviceTokens: readonly { readonly name: string; readonly credential: Generations }[];
}

export interface AccessPolicyConfiguration {
  readonly name: string;
  readonly decision: 'allow' | 'deny' | 'service-auth';
  readonly include: readonly Selector[];
  readonly require: readonly Selector[];
  readonly exclude: readonly Selector[];
}

/** Whom an Access policy speaks of; one selector an entry. */
export type Selector =
  | { readonly email: string }
  | { readonly emailDomain: string }
  /** A service token of the same domain, by name. */
  | { readonly serviceToken: string };

export interface SmokeConfiguration {
  /** Write canaries under `<prefix>.sluice-canary/`. */
  readonly canaries: boolean;
  /** Also put canaries outside the prefix, where "refused" can only be proven with something to reach. */
  readonly outsideCanaries: boolean;
  readonly decoyBuckets: { readonly aws?: string; readonly r2?: string };
  readonly greensInARow: number;
  readonly propagationTimeoutSeconds: number;
}
