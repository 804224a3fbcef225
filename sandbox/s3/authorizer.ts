import type { Decision } from '../../policies/decision.ts';
import type { StorageRequest } from '../../policies/storage-request.ts';

/**
 * Who may do what at one S3 endpoint: IAM's policies, R2's tokens, B2's keys. The protocol checks signatures
 * with the secret that `identify` returns and asks `authorize` before it touches the store.
 */
export interface Authorizer<Caller extends Identity = Identity> {
  /** The holder of an access key id; a refusal in the provider's own words where it is unknown, inactive or expired. */
  identify(presented: PresentedKey, now: Date): Caller | Refusal;
  /** `undefined` is an anonymous caller. */
  authorize(caller: Caller | undefined, request: StorageRequest, now: Date): Decision;
  /** Called once for each request whose signature was good: AWS keeps a key's last use. */
  used?(caller: Caller, now: Date): void;
}

export interface PresentedKey {
  readonly accessKeyId: string;
  readonly sessionToken?: string;
}

export interface Identity {
  /** For messages and the decision log: an ARN, a token id. Never a secret. */
  readonly principal: string;
  readonly secretAccessKey: string;
}

/** An S3 error in the provider's own status, code and message. */
export interface Refusal {
  readonly refused: { readonly status: number; readonly code: string; readonly message: string };
}
