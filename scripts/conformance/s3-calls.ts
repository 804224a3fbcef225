import type { CallStep } from './api-call.ts';
import { buckets } from './s3-calls/buckets.ts';
import { copies } from './s3-calls/copies.ts';
import { deletions } from './s3-calls/deletions.ts';
import { listings } from './s3-calls/listings.ts';
import { objects } from './s3-calls/objects.ts';
import { refusals } from './s3-calls/refusals.ts';
import { uploads } from './s3-calls/uploads.ts';
import { versions } from './s3-calls/versions.ts';

/** What every SDK asks of S3, call by call, in an order in which each finds what it needs. */
export const s3Calls: readonly CallStep[] = [
  ...buckets,
  ...objects,
  ...copies,
  ...listings,
  ...uploads,
  ...versions,
  ...refusals,
  ...deletions,
];
