import { fields, names, type CallStep } from '../api-call.ts';
import { call, same } from './shared.ts';

/** Listings and their pages (S3 API reference, "ListObjectsV2", "ListObjects"). */
export const listings: readonly CallStep[] = [
  call(
    'administrator',
    'ListObjectsV2',
    'by prefix',
    { Prefix: 'uploads/c' },
    'uploads/checked uploads/copy uploads/crc',
    {
      see: names('Contents', 'Key'),
    },
  ),
  call('administrator', 'ListObjectsV2', 'by delimiter', { Delimiter: '/' }, 'private/ uploads/', {
    see: names('CommonPrefixes', 'Prefix'),
  }),
  call('administrator', 'ListObjectsV2', 'the first page', { Prefix: 'uploads/c', MaxKeys: 2 }, 'true, 2', {
    see: fields('IsTruncated', 'KeyCount'),
    remember: { page: ({ NextContinuationToken }) => NextContinuationToken },
  }),
  call(
    'administrator',
    'ListObjectsV2',
    'the second page',
    (c) => ({ Prefix: 'uploads/c', MaxKeys: 2, ContinuationToken: c.recall('page') }),
    'uploads/crc',
    { see: names('Contents', 'Key') },
  ),
  call(
    'administrator',
    'ListObjectsV2',
    'after a key',
    { Prefix: 'uploads/', StartAfter: 'uploads/hello' },
    'uploads/once uploads/sp ace+plus%25 ü~(1)!.txt',
    {
      see: names('Contents', 'Key'),
    },
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
    {
      see: names('Contents', 'Key'),
    },
  ),
  same.listAbsentBucket,
];
