import type { Decision } from '../decision.ts';
import type { Excess } from '../dialect.ts';
import type { Grant } from '../grant.ts';
import type { StorageRequest } from '../storage-request.ts';
import { iamDialect } from './iam.ts';
import { r2TokenDialect } from './r2-token.ts';

/** What the provider of `grant`'s location cannot withhold when it grants just that. */
export function excessOf(grant: Grant): readonly Excess[] {
  return grant.location.provider === 'aws' ? iamDialect.excess(grant) : r2TokenDialect.excess(grant);
}

/** What the provider decides about `request` for a holder of exactly `grant`, as its dialect renders it. */
export function decideGrant(grant: Grant, request: StorageRequest): Decision {
  return grant.location.provider === 'aws'
    ? iamDialect.decide(iamDialect.render(grant), request)
    : r2TokenDialect.decide(r2TokenDialect.render(grant), request);
}
