import assert from 'node:assert/strict';
import Cloudflare from 'cloudflare';
import type { CloudflareSession } from './cloudflare-session.ts';
import { access } from './cloudflare-steps/access.ts';
import { bucketRules } from './cloudflare-steps/bucket-rules.ts';
import { buckets } from './cloudflare-steps/buckets.ts';
import { domains } from './cloudflare-steps/domains.ts';
import { temporaryCredentials } from './cloudflare-steps/temporary-credentials.ts';
import { tokens } from './cloudflare-steps/tokens.ts';
import { scenario } from './step.ts';

/** Cloudflare's own client, on the v4 API. */
export const cloudflareClient = scenario<CloudflareSession>({
  client: 'cloudflare',
  steps: [...tokens, ...buckets, ...bucketRules, ...domains, ...temporaryCredentials, ...access],
  open({ cloudflare }) {
    assert(cloudflare, "these steps need Cloudflare's API");
    const { baseUrl: baseURL, accountId: account_id, apiToken, zone, r2Endpoints } = cloudflare;
    const remembered = new Map([['administrator', apiToken]]);
    const recall = (name: string): string => remembered.get(name) ?? '';
    return Promise.resolve({
      account_id,
      zone,
      r2Endpoints,
      remember: (name, value) => void remembered.set(name, value ?? ''),
      recall,
      client: (name) => new Cloudflare({ apiToken: recall(name), baseURL, maxRetries: 0 }),
    });
  },
  close: () => Promise.resolve(),
});
