import type { ResourceRule } from '../rule.ts';

export const publicR2Address: ResourceRule = {
  kind: 'resource',
  name: 'public-r2-address',
  title: "A bucket's r2.dev address stays off",
  level: 'mandatory',
  requirements: ['A4'],
  why: 'r2.dev serves the bucket to everybody and passes Access by.',
  fix: 'set enabled: false, and serve the bucket on a hostname behind Access.',
  *check({ type, properties }) {
    if (type !== 'cloudflare:index/r2ManagedDomain:R2ManagedDomain') return;
    // Anything but a plain no is refused: it would be read as a yes.
    if (properties['enabled'] !== false) yield { what: 'the r2.dev address is switched on' };
  },
};
