import { fields, type CallStep } from '../api-call.ts';
import { call, same } from './shared.ts';

/** Copies within S3 (S3 API reference, "CopyObject"). */
export const copies: readonly CallStep[] = [
  same.copyWithinBucket,
  call('administrator', 'HeadObject', 'metadata came along', { Key: 'uploads/copy' }, '{"origin":"conformance"}', {
    see: fields('Metadata'),
  }),
  call(
    'administrator',
    'CopyObject',
    'with other metadata',
    (c) => ({
      Key: 'uploads/copy',
      CopySource: `${c.bucket}/uploads/hello`,
      MetadataDirective: 'REPLACE',
      Metadata: { origin: 'copy' },
    }),
    'done',
  ),
  call('administrator', 'HeadObject', 'the other metadata', { Key: 'uploads/copy' }, '{"origin":"copy"}', {
    see: fields('Metadata'),
  }),
  call(
    'administrator',
    'CopyObject',
    'onto itself, changing nothing',
    (c) => ({ Key: 'uploads/hello', CopySource: `${c.bucket}/uploads/hello` }),
    'refused: 400 InvalidRequest',
  ),
  same.copyOfAnotherTag,
  call(
    'administrator',
    'CopyObject',
    'of a key that is not there',
    (c) => ({ Key: 'uploads/copy', CopySource: `${c.bucket}/uploads/absent` }),
    'refused: 404 NoSuchKey',
  ),
];
