import type { BucketLocation } from '../base/location.ts';
import type { Ability } from './ability.ts';
import type { Side } from './operation.ts';

/** Names a credential for people: `media/source`. */
export type AccessName = `${string}/${Side}`;

/**
 * One credential's right on one location: the intent that every dialect renders.
 * Plain data, never a Pulumi Output, so that a preview and a pull request see final policies.
 */
export interface Grant {
  readonly access: AccessName;
  readonly location: BucketLocation;
  /** In the order of `abilities`, without repeats. */
  readonly abilities: readonly Ability[];
  /** What an operation's options change beyond the abilities; absent where nothing is special. */
  readonly options?: GrantOptions;
}

/** Said by IAM only; another dialect refuses a grant that carries one it cannot say. */
export interface GrantOptions {
  /** The objects are encrypted with this key: read needs kms:Decrypt, write kms:GenerateDataKey beside it. */
  readonly kmsKeyArn?: string;
  /** Objects are created, never overwritten: every write must carry `If-None-Match: *`. */
  readonly appendOnly?: true;
  /** Checksums that S3 stored are read instead of the objects. */
  readonly storedChecksums?: true;
  /** What the same credential holds on the source, so that S3 copies by itself. */
  readonly copyFrom?: Grant;
  /** The grant whose credential holds this one too, as its `copyFrom`: this one has no credential of its own. */
  readonly heldBy?: Grant;
  /** Plain HTTP is denied even where another policy allows it. */
  readonly tlsOnly?: true;
  /** Public addresses or ranges that requests must come from; through a VPC endpoint a request has none. */
  readonly sourceIps?: readonly string[];
  /** VPC endpoints that requests must come through. */
  readonly vpcEndpoints?: readonly string[];
}
