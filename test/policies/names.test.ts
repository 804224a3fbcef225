import {
  accessApplicationName,
  accessPolicyName,
  bucketLogicalName,
  iamUserName,
  r2TokenName,
  serviceTokenName,
} from '../../policies/names.ts';

const bucket = { name: 'media', protect: true, emptyOnDestroy: false };
const r2 = { ...bucket, provider: 'r2', accountId: '0a1b2c3d4e5f60718293a4b5c6d7e8f9' } as const;

/** Names are identities: a failing row means that an upgrade would replace what is deployed. */
describe('S4: names are descriptive, and stay as they are', () => {
  test.each([
    [iamUserName({ stack: 'prod', access: 'media/source', slot: 'a' }), 'sluice-prod-media-source-a'],
    [r2TokenName({ stack: 'prod', access: 'media/destination', slot: 'b' }), 'sluice-prod-media-destination-b'],
    [accessApplicationName({ stack: 'prod', hostname: 'files.acme.com' }), 'sluice-prod-files.acme.com'],
    [
      accessPolicyName({ stack: 'prod', hostname: 'files.acme.com', policy: 'staff' }),
      'sluice-prod-files.acme.com-staff',
    ],
    [
      serviceTokenName({ stack: 'prod', hostname: 'files.acme.com', token: 'reader' }),
      'sluice-prod-files.acme.com-reader',
    ],
    [bucketLogicalName({ ...bucket, provider: 'aws', region: 'eu-west-1' }), 'aws-media'],
    [bucketLogicalName({ ...r2, jurisdiction: 'default' }), 'r2-media'],
    [bucketLogicalName({ ...r2, jurisdiction: 'eu' }), 'r2-eu-media'],
  ])('%s', (name, expected) => {
    expect(name).toBe(expected);
  });
});
