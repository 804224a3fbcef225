/** Made by `buckets.ts`, filled and deleted by the steps after it. */
export const bucket = 'conformance-cloudflare';
export const euBucket = 'conformance-cloudflare-eu';
