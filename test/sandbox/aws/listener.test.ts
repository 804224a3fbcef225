import { GetUserCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { awsListener } from '../../../sandbox/aws/listener.ts';
import { startAwsEndpoint } from './aws-endpoint.ts';
import type { AwsEndpoint } from './aws-endpoint.ts';

let endpoint: AwsEndpoint;
const seenByS3: string[] = [];
beforeAll(async () => {
  endpoint = await startAwsEndpoint(undefined, (account) =>
    awsListener(account, (request, response) => {
      seenByS3.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.end('<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>');
    }),
  );
});
afterAll(() => endpoint.stop());
beforeEach(() => seenByS3.splice(0));

test('IAM, STS and S3 clients share one endpoint, each answered by its own service', async () => {
  expect((await endpoint.iam().send(new GetUserCommand({}))).User).toBeDefined();
  expect((await endpoint.sts().send(new GetCallerIdentityCommand({}))).Account).toBeDefined();
  expect(seenByS3).toEqual([]);
  const credentials = endpoint.account.administrator();
  const s3 = new S3Client({ endpoint: endpoint.url, region: 'eu-west-1', credentials, forcePathStyle: true });
  expect((await s3.send(new ListBucketsCommand({}))).Buckets).toEqual([]);
  s3.destroy();
  expect(seenByS3).toEqual(['GET /?x-id=ListBuckets']);
});

test('without a signature, a form posted to the root is for STS, and everything else for S3', async () => {
  const body = new URLSearchParams({ Action: 'GetCallerIdentity', Version: '2011-06-15' });
  const form = await fetch(endpoint.url, { method: 'POST', body });
  expect(await form.text()).toContain('MissingAuthenticationToken');
  expect(seenByS3).toEqual([]);
  await fetch(`${endpoint.url}/bucket/key`);
  await fetch(`${endpoint.url}/bucket`, { method: 'POST', body });
  expect(seenByS3).toEqual(['GET /bucket/key', 'POST /bucket']);
});
