import { names, type CallStep } from '../api-call.ts';
import { deletedKeys } from '../shared-calls.ts';
import { call, same } from './shared.ts';

/** Deletes (S3 API reference, "DeleteObject", "DeleteObjects", "DeleteBucket"). */
export const deletions: readonly CallStep[] = [
  same.deleteFullBucket,
  call('administrator', 'DeleteObject', 'a key that is not there', { Key: 'uploads/absent' }, 'done'),
  call(
    'administrator',
    'DeleteObjects',
    'two keys, one of them not there',
    { Delete: { Objects: [{ Key: 'uploads/once' }, { Key: 'uploads/absent' }] } },
    'uploads/absent uploads/once',
    { see: deletedKeys },
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
