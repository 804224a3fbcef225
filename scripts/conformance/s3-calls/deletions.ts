import { names, type CallStep } from '../api-call.ts';
import { call } from './shared.ts';

/** Deletes (S3 API reference, "DeleteObject", "DeleteObjects", "DeleteBucket"). */
export const deletions: readonly CallStep[] = [
  call('administrator', 'DeleteBucket', 'that holds objects', {}, 'refused: 409 BucketNotEmpty'),
  call('administrator', 'DeleteObject', 'a key that is not there', { Key: 'uploads/absent' }, 'done'),
  call(
    'administrator',
    'DeleteObjects',
    'two keys, one of them not there',
    { Delete: { Objects: [{ Key: 'uploads/once' }, { Key: 'uploads/absent' }] } },
    'uploads/absent uploads/once',
    { see: (output) => names('Deleted', 'Key')(output).split(' ').sort().join(' ') },
  ),
  call(
    'administrator',
    'DeleteObjects',
    'quietly',
    { Delete: { Quiet: true, Objects: [{ Key: 'uploads/crc' }] } },
    'none',
    {
      see: names('Deleted', 'Key'),
    },
  ),
];
