import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';

/**
 * Temporary credentials live in their session token alone: all that they are is sealed in it (AES-256-GCM under the
 * account's own key), so nothing about a session is kept on disk and every one outlives a restart.
 */
const sessionSchema = z.strictObject({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  issuedAt: z.string(),
  expiresAt: z.string(),
  principal: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('user'), userId: z.string() }),
    /** Whom the user vouched for: GetFederationToken. */
    z.strictObject({ kind: z.literal('federated-user'), userId: z.string(), name: z.string() }),
    z.strictObject({
      kind: z.literal('role'),
      roleId: z.string(),
      sessionName: z.string(),
      /** Came from another role's session: role chaining. */
      chained: z.boolean(),
      sourceIdentity: z.string().optional(),
      /** The ARN of the OIDC provider, of a web identity's session. */
      federatedProvider: z.string().optional(),
    }),
  ]),
  /** Session policies: at most one inline text, and ARNs of managed ones. Neither: the session is not narrowed. */
  policies: z.array(z.string()),
  policyArns: z.array(z.string()),
  tags: z.array(z.strictObject({ key: z.string(), value: z.string() })),
  /** Lower case; these tags go along when the session assumes another role. */
  transitiveTagKeys: z.array(z.string()),
});
export type Session = z.infer<typeof sessionSchema>;

export interface SessionTokens {
  seal(session: Session): string;
  /** Undefined for a token that this account did not make, or that was changed. Expiry is the caller's to judge. */
  open(token: string): Session | undefined;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const rememberedMax = 1000;

/** A fresh key of AES-256, in base64, for `sessionTokens`. */
export function newSessionKey(): string {
  return randomBytes(32).toString('base64');
}

/** Session tokens that hold their session, encrypted with `sessionKey`: nothing has to be stored of them. */
export function sessionTokens(sessionKey: string): SessionTokens {
  const key = Buffer.from(sessionKey, 'base64');
  const remembered = new Map<string, Session>();
  return {
    seal(session) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce);
      const sealed = Buffer.concat([cipher.update(JSON.stringify(session), 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },
    open(token) {
      const known = remembered.get(token);
      if (known !== undefined) return known;
      const session = unseal(token, key);
      if (session === undefined) return undefined;
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.set(token, session);
      return session;
    },
  };
}

function unseal(token: string, key: Buffer): Session | undefined {
  const bytes = Buffer.from(token, 'base64');
  if (bytes.length <= nonceBytes + tagBytes || bytes.toString('base64') !== token) return undefined;
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  let text: string;
  try {
    text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8');
  } catch {
    // Another key made it, or somebody changed it: the cipher says no more than that.
    return undefined;
  }
  return sessionSchema.parse(JSON.parse(text));
}
