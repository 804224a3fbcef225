/** The cloudflare resources that the stand-in serves, by the type token that the engine names them with. */
export const accountToken = 'cloudflare:index/accountToken:AccountToken';
export const r2Bucket = 'cloudflare:index/r2Bucket:R2Bucket';
export const customDomain = 'cloudflare:index/r2CustomDomain:R2CustomDomain';
export const managedDomain = 'cloudflare:index/r2ManagedDomain:R2ManagedDomain';
export const application = 'cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication';
export const policy = 'cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy';
export const serviceToken = 'cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken';
