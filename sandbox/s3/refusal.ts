import { StoreError } from '../store/object-store.ts';
import { RefusedKey } from './authentication.ts';
import { S3Error } from './s3-error.ts';

/** How a refusal is answered. */
interface Refused {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer to whatever a request threw; what nobody foresaw goes to the log, and is `InternalError`. */
export function refusalOf(error: unknown): Refused {
  if (error instanceof S3Error) return error;
  if (error instanceof RefusedKey) return error.refused;
  // A bucket or upload can go between the look and the deed.
  if (error instanceof StoreError && error.code !== 'BucketExists') return new S3Error(error.code);
  console.error(error);
  return new S3Error('InternalError');
}
