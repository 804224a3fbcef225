import { createHash } from 'node:crypto';

/** The S3 keys of an R2 token. Secret: keep it out of logs, errors and arguments. */
export interface R2Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * The S3 credentials that belong to a Cloudflare API token: the key id is the token's id, the secret the lower-case
 * hexadecimal SHA-256 of its value (Cloudflare R2 documentation, "Authentication"). A rolled token keeps its id and
 * changes its secret at once, which is why rotation makes a second token instead.
 */
export function r2KeysOfToken(tokenId: string, tokenValue: string): R2Keys {
  return { accessKeyId: tokenId, secretAccessKey: createHash('sha256').update(tokenValue).digest('hex') };
}
