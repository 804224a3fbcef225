import type { Configuration } from '../../../../policies/configuration.ts';
import { environmentBoundary } from '../../../../policies/guardrails/rules/environment-boundary.ts';
import { allowing, aResource, declaring, saysOf } from '../fixtures/resources.ts';

const account = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';

/** Past the parser, which keeps the stack's own migrations inside: the program may reach further than they do. */
const declared: Configuration = {
  ...declaring(),
  boundary: [
    { provider: 'aws', bucket: 'media-prod', prefix: 'uploads/' },
    { provider: 'r2', bucket: 'media', prefix: '' },
  ],
  migrations: [],
};

const token = (bucket: string) =>
  aResource('cloudflare:index/accountToken:AccountToken', {
    policies: [
      {
        effect: 'allow',
        permissionGroups: [],
        resources: JSON.stringify({ [`com.cloudflare.edge.r2.bucket.${account}_eu_${bucket}`]: '*' }),
      },
    ],
  });
const domain = (bucketName: string) =>
  aResource('cloudflare:index/r2CustomDomain:R2CustomDomain', { bucketName, domain: 'files.example.com' });

describe("O2: a location of another environment is refused, whoever's resource reaches it", () => {
  test.each([
    [
      'an IAM policy',
      allowing({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::media-staging/*' }),
      's3://media-staging/',
    ],
    [
      'a prefix beside',
      allowing({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::media-prod/private/*' }),
      's3://media-prod/private/',
    ],
    ['any bucket', allowing({ Action: 's3:GetObject', Resource: '*' }), 's3://*/'],
    ['an R2 token', token('media_staging'), 'r2://media_staging/'],
    ['a hostname', domain('media-staging'), 'r2://media-staging/'],
  ])('%s', (_case, resource, url) => {
    expect(saysOf(environmentBoundary, resource, { declared })).toContainEqual(
      expect.stringContaining(`reaches ${url}, outside environment "prod"`),
    );
  });

  test.each([
    ['its own prefix', allowing({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::media-prod/uploads/2026/*' })],
    ["its own bucket's listing", allowing({ Action: 's3:ListBucket', Resource: 'arn:aws:s3:::media-prod' })],
    ['another service', allowing({ Action: 'kms:Decrypt', Resource: 'arn:aws:kms:eu-west-1:123456789012:key/1' })],
    ['an R2 token', token('media')],
    ['a hostname', domain('media')],
  ])('but not %s', (_case, resource) => {
    expect(saysOf(environmentBoundary, resource, { declared })).toEqual([]);
  });

  test('nor what a migration gives a reason for', () => {
    const [migration] = declaring().migrations;
    if (migration === undefined) throw new Error('the production values hold migrations');
    const excepted: Configuration = {
      ...declared,
      boundary: [{ provider: 'aws', bucket: 'elsewhere', prefix: '' }],
      migrations: [{ ...migration, crossEnvironment: { reason: 'one archive', until: '2027-01-31' } }],
    };
    const resource = allowing({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::media-prod/uploads/*' });
    expect(saysOf(environmentBoundary, resource, { declared: excepted })).toEqual([]);
    expect(saysOf(environmentBoundary, resource, { declared: { ...excepted, migrations: [] } })).toHaveLength(1);
  });

  test('nor anything where no boundary is drawn', () => {
    const resource = allowing({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::media-staging/*' });
    expect(saysOf(environmentBoundary, resource, { declared: { ...declared, boundary: [] } })).toEqual([]);
    expect(saysOf(environmentBoundary, resource)).toEqual([]);
  });
});
