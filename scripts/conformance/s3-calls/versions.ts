import { body, type CallContext, type CallOptions, type CallStep, fields, type Input, names } from '../api-call.ts';
import { text } from '../shared-calls.ts';
import { call } from './shared.ts';

/** A call about the one key of the bucket with versions; `more` is what its input says beside the key. */
function versioned(
  operation: string,
  what: string,
  more: Input | ((context: CallContext) => Input),
  expected: string,
  options?: CallOptions,
): CallStep {
  const input = (c: CallContext): Input => {
    return { Bucket: c.otherBucket, Key: 'versioned', ...(typeof more === 'function' ? more(c) : more) };
  };
  return call('administrator', operation, what, input, expected, options);
}

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
  versioned('PutObject', 'the first version', { Body: body('one') }, 'done', {
    remember: { version: ({ VersionId }) => VersionId },
  }),
  versioned('PutObject', 'the second version', { Body: body('two') }, 'done'),
  versioned('GetObject', 'the latest version', {}, 'two', text),
  versioned('GetObject', 'the first version', (c) => ({ VersionId: c.recall('version') }), 'one', text),
  versioned('DeleteObject', 'leaves a marker', {}, 'true', {
    see: fields('DeleteMarker'),
    remember: { marker: ({ VersionId }) => VersionId },
  }),
  versioned('GetObject', 'behind a marker', {}, 'refused: 404 NoSuchKey'),
  versioned(
    'GetObject',
    'the marker itself',
    (c) => ({ VersionId: c.recall('marker') }),
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
  versioned('DeleteObject', 'the marker', (c) => ({ VersionId: c.recall('marker') }), 'done'),
  versioned('GetObject', 'the latest version is back', {}, 'two', text),
  versioned('GetObject', 'a version id that is none', { VersionId: 'x' }, 'refused: 400 InvalidArgument'),
];
