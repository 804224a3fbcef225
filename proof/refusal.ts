import type { Answer } from './report.ts';

/**
 * What an S3 answer says about the credential that asked.
 * - `allowed`: it was done. `reached`: authorization let it through, then there was nothing to do.
 * - `refused`: refused by authorization, the only answer that proves that a right is missing.
 * - `bad-credential`: the endpoint does not accept the key itself, which says nothing about its rights.
 * - `inert`: the bucket has the feature switched off for everyone, which may hide a refusal and makes it needless.
 * - `transient`: worth asking again. `other`: anything else; a 404 above all, which may hide the object or its absence.
 */
export type AnswerKind = 'allowed' | 'reached' | 'refused' | 'bad-credential' | 'inert' | 'transient' | 'other';

export type Provider = 'aws' | 'r2' | 'b2';

interface Row {
  readonly providers: readonly Provider[];
  readonly status: number;
  readonly code: string;
  readonly kind: AnswerKind;
}

const everywhere: readonly Provider[] = ['aws', 'r2', 'b2'];

/**
 * Sources: AWS S3 API reference, "Error responses"; Cloudflare R2 documentation, "Error codes"; Backblaze B2
 * documentation, "S3-Compatible API, error codes".
 */
const rows: readonly Row[] = [
  { providers: everywhere, status: 403, code: 'AccessDenied', kind: 'refused' },

  { providers: ['aws', 'b2'], status: 403, code: 'InvalidAccessKeyId', kind: 'bad-credential' },
  // R2 has no InvalidAccessKeyId: an unknown, expired or not yet propagated key is "Unauthorized", a right that lacks is not.
  { providers: ['r2'], status: 401, code: 'Unauthorized', kind: 'bad-credential' },
  { providers: everywhere, status: 403, code: 'SignatureDoesNotMatch', kind: 'bad-credential' },
  { providers: ['aws'], status: 400, code: 'InvalidToken', kind: 'bad-credential' },
  { providers: ['aws'], status: 400, code: 'ExpiredToken', kind: 'bad-credential' },
  { providers: ['r2'], status: 400, code: 'ExpiredRequest', kind: 'bad-credential' },
  { providers: everywhere, status: 403, code: 'RequestTimeTooSkewed', kind: 'bad-credential' },

  { providers: everywhere, status: 404, code: 'NoSuchBucketPolicy', kind: 'reached' },
  { providers: everywhere, status: 404, code: 'NoSuchCORSConfiguration', kind: 'reached' },
  { providers: everywhere, status: 409, code: 'BucketAlreadyExists', kind: 'reached' },
  { providers: everywhere, status: 409, code: 'BucketAlreadyOwnedByYou', kind: 'reached' },
  { providers: everywhere, status: 412, code: 'PreconditionFailed', kind: 'reached' },

  // ACLs are off in every bucket since 2023; whether S3 says so before it decides is not documented.
  { providers: ['aws'], status: 400, code: 'AccessControlListNotSupported', kind: 'inert' },

  { providers: ['aws'], status: 409, code: 'ConditionalRequestConflict', kind: 'transient' },
  { providers: everywhere, status: 400, code: 'RequestTimeout', kind: 'transient' },
];

/** Reads one answer. Pure; unknown combinations are `other`, so that nothing passes by being unknown. */
export function classifyAnswer(provider: Provider, { status, code }: Answer): AnswerKind {
  if (status >= 200 && status < 300) return 'allowed';
  if (status === 0 || status === 429 || (status >= 500 && status !== 501)) return 'transient';
  const row = rows.find((each) => each.providers.includes(provider) && each.status === status && each.code === code);
  return row?.kind ?? 'other';
}
