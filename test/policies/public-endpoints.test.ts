import { storageEndpoint } from '../../policies/public-endpoints.ts';
import { awsLocation, r2Location } from './fixtures/grants.ts';

/** AWS General Reference, "Amazon S3 endpoints"; Cloudflare R2, "S3 API: authentication". */
describe('S7, R2: where a bucket answers, and the region to sign for', () => {
  test.each([
    [awsLocation, 'https://s3.eu-west-1.amazonaws.com', 'eu-west-1'],
    [
      { ...awsLocation, partition: 'aws-us-gov', region: 'us-gov-west-1' },
      'https://s3.us-gov-west-1.amazonaws.com',
      'us-gov-west-1',
    ],
    [
      { ...awsLocation, partition: 'aws-cn', region: 'cn-north-1' },
      'https://s3.cn-north-1.amazonaws.com.cn',
      'cn-north-1',
    ],
    [r2Location, `https://${r2Location.accountId}.r2.cloudflarestorage.com`, 'auto'],
    [{ ...r2Location, jurisdiction: 'eu' }, `https://${r2Location.accountId}.eu.r2.cloudflarestorage.com`, 'auto'],
  ] as const)('%j', (location, endpoint, region) => {
    expect(storageEndpoint(location)).toEqual({ endpoint, region });
  });
});

describe('X5: the sandbox’s endpoints replace the public ones', () => {
  const aws = { s3: 'http://127.0.0.1:1', iam: 'http://127.0.0.1:1', sts: 'http://127.0.0.1:1' };
  const endpoints = { aws, r2: { eu: 'http://127.0.0.1:2' } };

  test('where they cover the location', () => {
    expect(storageEndpoint(awsLocation, endpoints)).toEqual({ endpoint: 'http://127.0.0.1:1', region: 'eu-west-1' });
    expect(storageEndpoint({ ...r2Location, jurisdiction: 'eu' }, endpoints).endpoint).toBe('http://127.0.0.1:2');
  });

  test('and where they do not, a real cloud is never reached instead', () => {
    expect(() => storageEndpoint(r2Location, endpoints)).toThrow(/R2 endpoint/);
    expect(() => storageEndpoint(awsLocation, {})).toThrow(/S3 endpoint/);
  });
});
