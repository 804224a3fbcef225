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
}
