import { fields, names, type CallStep } from '../api-call.ts';
import { listedKeys } from '../shared-calls.ts';
import { call, same } from './shared.ts';

/** Listings and their pages (S3 API reference, "ListObjectsV2", "ListObjects"). */
export const listings: readonly CallStep[] = [
  call(
    'administrator',
    'ListObjectsV2',
    'by prefix',
    { Prefix: 'uploads/c' },
    'uploads/checked uploads/copy uploads/crc',
    listedKeys,
  ),
  call('administrator', 'ListObjectsV2', 'by delimiter', { Delimiter: '/' }, 'private/ uploads/', {
    see: names('CommonPrefixes', 'Prefix'),
  }),
  ...same.twoPages({ Prefix: 'uploads/c', MaxKeys: 2 }, { first: 'true, 2', second: 'uploads/crc' }),
  call(
    'administrator',
    'ListObjectsV2',
    'after a key',
    { Prefix: 'uploads/', StartAfter: 'uploads/hello' },
    'uploads/once uploads/sp ace+plus%25 ü~(1)!.txt',
    listedKeys,
  ),
  call('administrator', 'ListObjectsV2', 'no keys at all', { MaxKeys: 0 }, 'false, 0', {
    see: fields('IsTruncated', 'KeyCount'),
  }),
  call(
    'administrator',
    'ListObjectsV2',
    'with a token that is none',
    { ContinuationToken: 'x' },
    'refused: 400 InvalidArgument',
  ),
  call(
    'administrator',
    'ListObjects',
    'after a marker',
    { Prefix: 'uploads/c', Marker: 'uploads/copy' },
    'uploads/crc',
    listedKeys,
  ),
  same.listAbsentBucket,
];
