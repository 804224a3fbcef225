import { body, fields, names, type CallStep, type Output } from '../api-call.ts';
import { helloTag, text } from '../shared-calls.ts';
import { call, helloCrc32, helloSha256, same } from './shared.ts';

const wrongSha256 = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
const oddKey = 'uploads/sp ace+plus%25 ü~(1)!.txt';

/** Objects, conditions, checksums and tags (S3 API reference; S3 User Guide: "Conditional requests", "Checking object integrity", "Categorizing your storage using tags"). */
export const objects: readonly CallStep[] = [
  same.putHello,
  call('administrator', 'PutObject', 'outside the prefix', { Key: 'private/secret', Body: body('secret') }, 'done'),
  same.putInOtherBucket,
  same.headHello,
  same.headAbsentKey,
  same.getWhole,
  same.getRange,
  call('administrator', 'GetObject', 'a range from the end', { Key: 'uploads/hello', Range: 'bytes=-2' }, 'lo', text),
  same.getRangePastEnd,
  same.getAbsentKey,
  same.getIfNoneMatch,
  call(
    'administrator',
    'GetObject',
    'If-Match with another tag',
    { Key: 'uploads/hello', IfMatch: '"0"' },
    'refused: 412 PreconditionFailed',
  ),
  call(
    'administrator',
    'GetObject',
    'with an answer header of its own',
    { Key: 'uploads/hello', ResponseContentType: 'text/html' },
    'text/html',
    { see: fields('ContentType') },
  ),
  same.putOnTakenKey,
  call(
    'administrator',
    'PutObject',
    'If-None-Match: * on a free key',
    { Key: 'uploads/once', Body: body('once'), IfNoneMatch: '*' },
    'done',
  ),
  call(
    'administrator',
    'PutObject',
    'If-Match with another tag',
    { Key: 'uploads/once', Body: body('twice'), IfMatch: '"00000000000000000000000000000000"' },
    'refused: 412 PreconditionFailed',
  ),
  call(
    'administrator',
    'PutObject',
    "with another body's Content-MD5",
    { Key: 'uploads/damaged', Body: body('hello'), ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' },
    'refused: 400 BadDigest',
  ),
  call(
    'administrator',
    'PutObject',
    'with a Content-MD5 that is none',
    { Key: 'uploads/damaged', Body: body('hello'), ContentMD5: 'AAAA' },
    'refused: 400 InvalidDigest',
  ),
  call(
    'administrator',
    'PutObject',
    "with another body's SHA-256",
    { Key: 'uploads/damaged', Body: body('hello'), ChecksumSHA256: wrongSha256 },
    'refused: 400 BadDigest',
  ),
  call(
    'administrator',
    'PutObject',
    'with its SHA-256',
    { Key: 'uploads/checked', Body: body('hello'), ChecksumSHA256: helloSha256 },
    helloSha256,
    { see: fields('ChecksumSHA256') },
  ),
  call('administrator', 'HeadObject', 'the SHA-256', { Key: 'uploads/checked', ChecksumMode: 'ENABLED' }, helloSha256, {
    see: fields('ChecksumSHA256'),
  }),
  call(
    'administrator',
    'PutObject',
    'with a CRC-32 that the SDK computes',
    { Key: 'uploads/crc', Body: body('hello'), ChecksumAlgorithm: 'CRC32' },
    helloCrc32,
    { see: fields('ChecksumCRC32') },
  ),
  call(
    'administrator',
    'GetObjectAttributes',
    'size, tag and checksum',
    { Key: 'uploads/checked', ObjectAttributes: ['ETag', 'ObjectSize', 'Checksum'] },
    `${helloTag.replaceAll('"', '')}, 5, ${helloSha256}`,
    {
      see: (output) =>
        `${fields('ETag', 'ObjectSize')(output)}, ${fields('ChecksumSHA256')(output['Checksum'] as Output)}`,
    },
  ),
  call('administrator', 'PutObject', 'a key of odd characters', { Key: oddKey, Body: body('odd') }, 'done'),
  call('administrator', 'GetObject', 'the odd key', { Key: oddKey }, 'odd', text),
  call(
    'administrator',
    'PutObjectAcl',
    'public-read',
    { Key: 'uploads/hello', ACL: 'public-read' },
    'refused: 400 AccessControlListNotSupported',
  ),
  call('administrator', 'GetObjectAcl', 'the owner alone', { Key: 'uploads/hello' }, 'FULL_CONTROL', {
    see: names('Grants', 'Permission'),
  }),
  call(
    'administrator',
    'PutObjectTagging',
    'two tags',
    {
      Key: 'uploads/hello',
      Tagging: {
        TagSet: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      },
    },
    'done',
  ),
  call('administrator', 'GetObjectTagging', 'the tags', { Key: 'uploads/hello' }, 'a b', {
    see: names('TagSet', 'Key'),
  }),
  call('administrator', 'GetObject', 'the number of tags', { Key: 'uploads/hello' }, '2', { see: fields('TagCount') }),
  call(
    'administrator',
    'PutObjectTagging',
    'one key twice',
    {
      Key: 'uploads/hello',
      Tagging: {
        TagSet: [
          { Key: 'a', Value: '1' },
          { Key: 'a', Value: '2' },
        ],
      },
    },
    'refused: 400 InvalidTag',
  ),
  call('administrator', 'DeleteObjectTagging', 'the tags', { Key: 'uploads/hello' }, 'done'),
];
