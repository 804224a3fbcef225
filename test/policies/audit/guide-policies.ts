const guide = (bucket: string, ...actions: string[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: actions.map((action) => `s3:${action}`),
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      },
    ],
  });

/** The two policies that S3 migration guides hand out (docs/requirements.md, S3). */
export const guideSource = guide('src', 'GetObject', 'GetObjectVersion', 'ListBucket', 'GetBucketLocation');
export const guideDestination = guide(
  'dst',
  'PutObject',
  'PutObjectAcl',
  'ListBucket',
  'GetBucketLocation',
  'AbortMultipartUpload',
  'ListMultipartUploadParts',
);
