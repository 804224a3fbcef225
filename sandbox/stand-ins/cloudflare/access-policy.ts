import { apiResource } from './api-resource.ts';
import { ruleProblems } from './access-rules.ts';

/** cloudflare.ZeroTrustAccessPolicy: a reusable policy, which applications refer to by id. */
export const accessPolicy = apiResource({
  token: 'cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy',
  collection: 'access/policies',
  check: ruleProblems,
});
