import { bucketOf } from './buckets.ts';
import { ApiError } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * Calls that Cloudflare has and the sandbox has not: refused aloud, since an empty success would let a program believe
 * that its setting holds.
 */
const r2 = '/accounts/:account/r2';
const notifications = '/accounts/:account/event_notifications/r2/:bucket/configuration';

export const absentEndpoints: readonly Endpoint[] = [
  ...absent(`${r2}/buckets/:bucket/sippy`, 'GET', 'PUT', 'DELETE'),
  ...absent(`${r2}/buckets/:bucket/objects`, 'GET', 'PUT', 'DELETE'),
  ...absent(`${r2}/buckets/:bucket/objects/*`, 'GET', 'PUT', 'DELETE'),
  ...absent(notifications, 'GET'),
  ...absent(`${notifications}/queues/:queue`, 'GET', 'PUT', 'DELETE'),
  ...absent(`${r2}/metrics`, 'GET'),
];

function absent(path: string, ...methods: readonly Endpoint['method'][]): Endpoint[] {
  return methods.map((method) => ({
    method,
    path,
    needs: method === 'GET' ? 'read storage' : 'write storage',
    run(call) {
      if (path.includes('/:bucket')) bucketOf(call);
      const name = path.replace('/accounts/:account/', '');
      throw new ApiError({ status: 501, code: 7001, message: `The sandbox does not do ${method} ${name} yet` });
    },
  }));
}
