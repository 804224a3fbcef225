import { body, fields, names, shown, type CallStep, type Output } from '../api-call.ts';
import { helloTag } from '../shared-calls.ts';
import { call, same } from './shared.ts';

const partBytes = 5 * 1024 * 1024;

/** Uploads in parts (S3 User Guide, "Uploading and copying objects using multipart upload"; S3 API reference). */
export const uploads: readonly CallStep[] = [
  same.createUpload,
  call(
    'administrator',
    'UploadPart',
    'part 1 of 5 MiB',
    (c) => ({ Key: 'uploads/large', UploadId: c.recall('upload'), PartNumber: 1, Body: body('a', partBytes) }),
    'done',
    { remember: { part1: ({ ETag }) => ETag } },
  ),
  call(
    'administrator',
    'UploadPartCopy',
    'part 2, from an object',
    (c) => ({
      Key: 'uploads/large',
      UploadId: c.recall('upload'),
      PartNumber: 2,
      CopySource: `${c.bucket}/uploads/hello`,
    }),
    helloTag,
    {
      see: ({ CopyPartResult }) => fields('ETag')(CopyPartResult as Output),
      remember: { part2: ({ CopyPartResult }) => (CopyPartResult as Output)['ETag'] },
    },
  ),
  call(
    'administrator',
    'UploadPart',
    'part number 0',
    (c) => ({ Key: 'uploads/large', UploadId: c.recall('upload'), PartNumber: 0, Body: body('a') }),
    'refused: 400 InvalidArgument',
  ),
  call(
    'administrator',
    'ListParts',
    'both',
    (c) => ({ Key: 'uploads/large', UploadId: c.recall('upload') }),
    '5242880 5',
    {
      see: names('Parts', 'Size'),
    },
  ),
  same.listUploads,
  call(
    'administrator',
    'CompleteMultipartUpload',
    'with a tag that no part has',
    (c) => completing(c.recall('upload'), [['"00000000000000000000000000000000"', 1]]),
    'refused: 400 InvalidPart',
  ),
  call(
    'administrator',
    'CompleteMultipartUpload',
    'in the wrong order',
    (c) =>
      completing(c.recall('upload'), [
        [c.recall('part2'), 2],
        [c.recall('part1'), 1],
      ]),
    'refused: 400 InvalidPartOrder',
  ),
  call(
    'administrator',
    'CompleteMultipartUpload',
    'both parts',
    (c) =>
      completing(c.recall('upload'), [
        [c.recall('part1'), 1],
        [c.recall('part2'), 2],
      ]),
    'a tag of two parts',
    { see: ({ ETag }) => (/^"[0-9a-f]{32}-2"$/.test(shown(ETag)) ? 'a tag of two parts' : shown(ETag)) },
  ),
  call('administrator', 'GetObject', 'the second part', { Key: 'uploads/large', PartNumber: 2 }, 'hello, 2', {
    see: fields('Body', 'PartsCount'),
  }),
  call('administrator', 'HeadObject', 'size and type', { Key: 'uploads/large' }, '5242885, text/plain', {
    see: fields('ContentLength', 'ContentType'),
  }),
  call('administrator', 'CreateMultipartUpload', 'one to fail', { Key: 'uploads/small-parts' }, 'done', {
    remember: { small: ({ UploadId }) => UploadId },
  }),
  ...[1, 2].map((number) =>
    call(
      'administrator',
      'UploadPart',
      `part ${number} of one byte`,
      (c) => ({ Key: 'uploads/small-parts', UploadId: c.recall('small'), PartNumber: number, Body: body('a') }),
      'done',
      { remember: { [`small${number}`]: ({ ETag }) => ETag } },
    ),
  ),
  call(
    'administrator',
    'CompleteMultipartUpload',
    'a part below 5 MiB that is not the last',
    (c) => ({
      ...completing(c.recall('small'), [
        [c.recall('small1'), 1],
        [c.recall('small2'), 2],
      ]),
      Key: 'uploads/small-parts',
    }),
    'refused: 400 EntityTooSmall',
  ),
  call(
    'administrator',
    'AbortMultipartUpload',
    'it',
    (c) => ({ Key: 'uploads/small-parts', UploadId: c.recall('small') }),
    'done',
  ),
  call(
    'administrator',
    'ListParts',
    'of an aborted upload',
    (c) => ({ Key: 'uploads/small-parts', UploadId: c.recall('small') }),
    'refused: 404 NoSuchUpload',
  ),
];

function completing(
  UploadId: string,
  parts: readonly (readonly [tag: string, number: number])[],
): Record<string, unknown> {
  const Parts = parts.map(([ETag, PartNumber]) => ({ ETag, PartNumber }));
  return { Key: 'uploads/large', UploadId, MultipartUpload: { Parts } };
}
