import { fieldsOf, itemsOf, textOf } from './properties.ts';
import type { GuardedResource } from './rule.ts';

const applicationTypes = [
  'cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication',
  'cloudflare:index/accessApplication:AccessApplication',
] as const;
export const customDomainType = 'cloudflare:index/r2CustomDomain:R2CustomDomain';

/** Whether a resource is an Access application, of an account or of a zone. */
export function isApplication({ type }: GuardedResource): boolean {
  return applicationTypes.some((application) => application === type);
}

/**
 * Whether an Access application stands before every path of a hostname (Cloudflare docs, "Application paths"): `host`
 * itself, or a wildcard, which stands for part of one label. One of a path protects only that path.
 */
export function coversHostname(application: GuardedResource, hostname: string): boolean {
  return addressesOf(application).some((address) => {
    const [host = '', path = ''] = address.toLowerCase().split('/', 2);
    return path === '' && matchesLabels(host.split('.'), hostname.toLowerCase().split('.'));
  });
}

/** `destinations` replaces the older forms where it stands. */
function addressesOf({ properties }: GuardedResource): readonly string[] {
  const destinations = itemsOf(properties['destinations'])
    .map(fieldsOf)
    .filter(({ type }) => type === undefined || type === 'public')
    .flatMap(({ uri }) => textOf(uri) ?? []);
  if (destinations.length > 0) return destinations;
  return [properties['domain'], ...itemsOf(properties['selfHostedDomains'])].flatMap((value) => textOf(value) ?? []);
}

function matchesLabels(patterns: readonly string[], labels: readonly string[]): boolean {
  return (
    patterns.length === labels.length && patterns.every((pattern, index) => matchesLabel(pattern, labels[index] ?? ''))
  );
}

function matchesLabel(pattern: string, label: string): boolean {
  const [head = '', tail] = pattern.split('*');
  if (tail === undefined) return pattern === label;
  return label.length >= head.length + tail.length && label.startsWith(head) && label.endsWith(tail);
}
