import type { Ability } from './ability.ts';
import type { Decision } from './decision.ts';
import type { Grant } from './grant.ts';
import type { StorageOperation, StorageRequest } from './storage-request.ts';

/** An ability that a dialect hands over though the grant did not ask for it. */
export interface Excess {
  readonly ability: Ability;
  /** Where it reaches, as people write it: `r2://media/`, `s3://media-prod/`. */
  readonly place: string;
  /** The calls it hands over, where they are not all that the ability stands for. */
  readonly operations?: readonly StorageOperation[];
  readonly because: string;
}

/** A provider's own way to say a grant. Adding a provider is adding one of these and its tests. */
export interface Dialect<Rendered> {
  /** The policy to deploy; concrete text and ids only. */
  render(grant: Grant): Rendered;
  /** What the provider cannot withhold when it is given `render(grant)`. */
  excess(grant: Grant): readonly Excess[];
  /** Exactly what the provider's endpoint would decide about `request` for a holder of `rendered`. */
  decide(rendered: Rendered, request: StorageRequest): Decision;
}
