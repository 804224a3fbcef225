import { S3Error } from './s3-error.ts';

/** What conditions are compared with. */
export interface Conditioned {
  /** Without quotes. */
  readonly entityTag: string;
  readonly modifiedAt: Date;
}

export interface ConditionHeaders {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
}

/** The conditional headers among `headers`; `prefix` is `x-amz-copy-source-` for a copy's source. */
export function conditionsOf(headers: Readonly<Record<string, string>>, prefix = ''): ConditionHeaders {
  return {
    ifMatch: headers[`${prefix}if-match`],
    ifNoneMatch: headers[`${prefix}if-none-match`],
    ifModifiedSince: headers[`${prefix}if-modified-since`],
    ifUnmodifiedSince: headers[`${prefix}if-unmodified-since`],
  };
}

/**
 * Whether a read may go on (RFC 9110, 13.2.2; S3 API reference, GetObject):
 *
 *     If-Match holds no tag of it                              -> precondition-failed
 *     no If-Match, If-Unmodified-Since before its last change  -> precondition-failed
 *     If-None-Match holds its tag                              -> not-modified
 *     no If-None-Match, If-Modified-Since at its last change   -> not-modified
 *     otherwise                                                -> holds
 */
export function readCondition(
  { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }: ConditionHeaders,
  object: Conditioned,
): 'holds' | 'not-modified' | 'precondition-failed' {
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object)) return 'precondition-failed';
  } else if (changedAfter(object, ifUnmodifiedSince) === true) return 'precondition-failed';
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, object) ? 'not-modified' : 'holds';
  return changedAfter(object, ifModifiedSince) === false ? 'not-modified' : 'holds';
}

/**
 * Throws where a write may not replace `existing` (S3 User Guide, "Conditional writes"). `missing` is the answer to an If-Match where
 * there is no object: AWS says `NoSuchKey`, R2 that the condition failed.
 */
export function checkWriteCondition(
  { ifMatch, ifNoneMatch, ifUnmodifiedSince }: ConditionHeaders,
  existing: Conditioned | undefined,
  missing: 'NoSuchKey' | 'PreconditionFailed' = 'NoSuchKey',
): void {
  if (ifMatch !== undefined) {
    if (existing === undefined) throw new S3Error(missing);
    if (!matches(ifMatch, existing)) throw failed('If-Match');
  }
  if (existing === undefined) return;
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, existing)) throw failed('If-None-Match');
  if (changedAfter(existing, ifUnmodifiedSince) === true) throw failed('If-Unmodified-Since');
}

/** 412 with the name of the condition. */
export function failed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', undefined, { Condition: condition });
}

function matches(header: string, { entityTag }: Conditioned): boolean {
  return header.split(',').some((each) => {
    const tag = each.trim();
    return tag === '*' || tag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1') === entityTag;
  });
}

/** Undefined where there is no such (valid) header. HTTP dates know whole seconds. */
function changedAfter({ modifiedAt }: Conditioned, header: string | undefined): boolean | undefined {
  const since = Date.parse(header ?? '');
  return Number.isNaN(since) ? undefined : Math.floor(modifiedAt.getTime() / 1000) * 1000 > since;
}
