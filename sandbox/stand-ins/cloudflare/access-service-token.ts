import type { Properties } from '../provider/property-value.ts';
import type { Problem } from '../provider/resource-type.ts';
import { apiResource } from './api-resource.ts';

/** cloudflare.ZeroTrustAccessServiceToken. The secret is told once and never read; a raised version makes a new one. */
export const accessServiceToken = apiResource({
  token: 'cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken',
  collection: 'access/service_tokens',
  zoneOwned: true,
  neverRead: ['clientSecret', 'clientSecretVersion', 'previousClientSecretExpiresAt'],
  check: rotationProblems,
  renews: (before, after) => (before['clientSecretVersion'] === after['clientSecretVersion'] ? [] : ['clientSecret']),
});

function rotationProblems(inputs: Properties): Problem[] {
  const pair = ['clientSecretVersion', 'previousClientSecretExpiresAt'];
  const [property, ...others] = pair.filter((name) => (inputs[name] ?? null) !== null);
  if (property === undefined || others.length > 0) return [];
  const other = pair.find((name) => name !== property) ?? '';
  return [
    {
      property,
      reason: `Invalid Attribute Combination. Attribute "${other}" must be specified when "${property}" is specified`,
    },
  ];
}
