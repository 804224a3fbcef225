import { z } from 'zod';

/**
 * What a failed request means for the copy.
 * - `throttled`, `transient`: the same request may succeed later.
 * - `broken`: what arrived is not what was promised (truncated, too long, wrong checksum); a fresh read may be whole.
 * - `refused`: by authorization. - `missing`: there is no such key. - `changed`: the object is no longer the listed one.
 * - `invalid`: anything else; asking again would not help.
 */
export type FailureKind = 'throttled' | 'transient' | 'broken' | 'refused' | 'missing' | 'changed' | 'invalid';

/** Providers say the same in different statuses, so a known code wins over the status. */
const kindByCode: Readonly<Record<string, FailureKind>> = {
  SlowDown: 'throttled',
  TooManyRequests: 'throttled',
  RequestLimitExceeded: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  InternalError: 'transient',
  ServiceUnavailable: 'transient',
  RequestTimeout: 'transient',
  OperationAborted: 'transient',
  ConditionalRequestConflict: 'transient',
  BadDigest: 'broken',
  IncompleteBody: 'broken',
  NoSuchKey: 'missing',
  PreconditionFailed: 'changed',
  AccessDenied: 'refused',
  InvalidAccessKeyId: 'refused',
  SignatureDoesNotMatch: 'refused',
  ExpiredToken: 'refused',
  InvalidToken: 'refused',
  RequestTimeTooSkewed: 'refused',
  NoSuchBucket: 'invalid',
  NoSuchUpload: 'invalid',
};

const kindByStatus: Readonly<Record<number, FailureKind>> = {
  401: 'refused',
  403: 'refused',
  404: 'missing',
  408: 'transient',
  409: 'transient',
  412: 'changed',
  429: 'throttled',
  500: 'transient',
  501: 'invalid',
  502: 'transient',
  503: 'throttled',
  504: 'transient',
};

/** The kind of an S3 answer that is not a success. Pure. */
export function failureKind(status: number, code?: string): FailureKind {
  // Of an answer that was cut on its way the status may be all there is, and it may have been about a checksum that did not fit.
  if (status === 400 && code === undefined) return 'broken';
  const known = code === undefined ? undefined : kindByCode[code];
  return known ?? kindByStatus[status] ?? (status >= 500 ? 'transient' : 'invalid');
}

/** Whether the same request may succeed when sent again. */
export function mayPass(kind: FailureKind): boolean {
  return kind === 'throttled' || kind === 'transient' || kind === 'broken';
}

export interface FailureDetails {
  readonly kind: FailureKind;
  readonly message: string;
  /** The provider's code (`SlowDown`), the system's (`ENOSPC`) or the HTTP client's (`UND_ERR_SOCKET`). */
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** One request or file operation that did not do what it should. Its text holds no credential and no header of the request. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor({ kind, message, code, status, retryAfterMs }: FailureDetails) {
    super(message);
    this.name = 'Failure';
    this.kind = kind;
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Of `nothingProven`. */
export const nothingProvenCode = 'NothingProven';

/**
 * The failure of a body whose checksum was computed for nothing: the answer told that the destination encrypts by a key of its own, and so
 * no MD5. The next try knows (`StoreChecks`).
 */
export function nothingProven(kind: FailureKind): Failure {
  const message = 'destination: it encrypts by a key of its own, and told no MD5 of what it stored';
  return new Failure({ kind, code: nothingProvenCode, message });
}

/**
 * What a caught error means: a failure as it is; a network error by its code as `transient`; and any other error is
 * our bug, thrown on. The original is not kept as a cause: a client's error may carry the request's headers.
 */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const parsed = systemErrorSchema.safeParse(error);
  if (!parsed.success || isBug(parsed.data.code)) throw error;
  const { code, message } = parsed.data;
  return new Failure({ kind: kindBySystemCode(code), code, message: message === '' ? code : message });
}

/** By its form, for its class may be of another realm. A connection tried on several addresses fails with the errors of all. */
const systemErrorSchema = z.union([
  z.object({ code: z.string(), message: z.string() }),
  z
    .object({ errors: z.tuple([z.object({ code: z.string(), message: z.string() })]).rest(z.unknown()) })
    .transform(({ errors }) => errors[0]),
]);

/** Node's own codes are for misuse of its functions, but for these: a peer's certificate, a body that ended early. */
function isBug(code: string): boolean {
  return code.startsWith('ERR_') && !isTlsError(code) && code !== 'ERR_STREAM_PREMATURE_CLOSE';
}

function isTlsError(code: string): boolean {
  return /^ERR_(TLS|SSL)_|CERT|UNABLE_TO_VERIFY/.test(code);
}

const lastingErrors = new Set([
  ...['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'],
  ...['ENAMETOOLONG', 'EINVAL', 'EILSEQ', 'ELOOP'],
  // A header that HTTP cannot carry.
  'UND_ERR_INVALID_ARG',
]);

function kindBySystemCode(code: string): FailureKind {
  if (code === 'ENOENT') return 'missing';
  if (/^UND_ERR_RE[QS]_CONTENT_LENGTH_MISMATCH$/.test(code)) return 'broken';
  return lastingErrors.has(code) || isTlsError(code) ? 'invalid' : 'transient';
}
