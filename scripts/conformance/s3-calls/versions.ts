import { body, fields, names, type CallStep } from '../api-call.ts';
import { text } from '../shared-calls.ts';
import { call } from './shared.ts';

/** Versions and delete markers (S3 User Guide, "Retaining multiple versions of objects"). */
export const versions: readonly CallStep[] = [
  call(
    'administrator',
    'PutBucketVersioning',
    'enabled',
    (c) => ({ Bucket: c.otherBucket, VersioningConfiguration: { Status: 'Enabled' } }),
    'done',
  ),
  call('administrator', 'GetBucketVersioning', 'enabled', (c) => ({ Bucket: c.otherBucket }), 'Enabled', {
    see: fields('Status'),
  }),
  call(
    'administrator',
    'PutObject',
    'the first version',
    (c) => ({ Bucket: c.otherBucket, Key: 'versioned', Body: body('one') }),
    'done',
    {
      remember: { version: ({ VersionId }) => VersionId },
    },
  ),
  call(
    'administrator',
    'PutObject',
    'the second version',
    (c) => ({ Bucket: c.otherBucket, Key: 'versioned', Body: body('two') }),
    'done',
  ),
  call(
    'administrator',
    'GetObject',
    'the latest version',
    (c) => ({ Bucket: c.otherBucket, Key: 'versioned' }),
    'two',
    text,
  ),
  call(
    'administrator',
    'GetObject',
    'the first version',
    (c) => ({ Bucket: c.otherBucket, Key: 'versioned', VersionId: c.recall('version') }),
    'one',
    text,
  ),
  call(
    'administrator',
    'DeleteObject',
    'leaves a marker',
    (c) => ({ Bucket: c.otherBucket, Key: 'versioned' }),
    'true',
    {
      see: fields('DeleteMarker'),
      remember: { marker: ({ VersionId }) => VersionId },
    },
  ),
  call(
    'administrator',
    'GetObject',
    'behind a marker',
    (c) => ({ Bucket: c.otherBucket, Key: 'versioned' }),
    'refused: 404 NoSuchKey',
  ),
  call(
    'administrator',
    'GetObject',
    'the marker itself',
    (c) => ({ Bucket: c.otherBucket, Key: 'versioned', VersionId: c.recall('marker') }),
    'refused: 405 MethodNotAllowed',
  ),
  call(
    'administrator',
    'ListObjectVersions',
    'two and a marker',
    (c) => ({ Bucket: c.otherBucket, Prefix: 'versioned' }),
    'versioned versioned, versioned',
    {
      see: (output) => `${names('Versions', 'Key')(output)}, ${names('DeleteMarkers', 'Key')(output)}`,
    },
  ),
  call(
    'administrator',
    'DeleteObject',
    'the marker',
    (c) => ({ Bucket: c.otherBucket, Key: 'versioned', VersionId: c.recall('marker') }),
    'done',
  ),
  call(
    'administrator',
    'GetObject',
    'the latest version is back',
    (c) => ({ Bucket: c.otherBucket, Key: 'versioned' }),
    'two',
    text,
  ),
  call(
    'administrator',
    'GetObject',
    'a version id that is none',
    (c) => ({ Bucket: c.otherBucket, Key: 'versioned', VersionId: 'x' }),
    'refused: 400 InvalidArgument',
  ),
];
