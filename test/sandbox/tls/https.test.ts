import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { askDecisions, tellMisbehaviours } from '../../../sandbox/process-control-client.ts';
import { startSandbox } from '../../../sandbox/sandbox.ts';
import type { RunningSandbox } from '../../../sandbox/sandbox.ts';
import { freePorts } from '../../../sandbox/status.ts';
import { refusal } from '../aws/aws-endpoint.ts';
import type { Keys } from '../aws/aws-endpoint.ts';

const Bucket = 'media-prod';
const Key = 'uploads/a';
const clients: { destroy(): void }[] = [];
let directory: string;
let sandbox: RunningSandbox;
let ca: string;
let httpsAgent: Agent;
let administrator: Keys;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-https-'));
  sandbox = await startSandbox({ directory, ports: freePorts });
  ca = await readFile(sandbox.status.tls.authorityFile, 'utf8');
  httpsAgent = new Agent({ ca });
  const { accessKeyId, secretAccessKey } = sandbox.status.aws;
  administrator = { accessKeyId, secretAccessKey };
  await s3('http').send(new CreateBucketCommand({ Bucket }));
  await s3('https').send(new PutObjectCommand({ Bucket, Key, Body: 'over TLS' }));
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  httpsAgent.destroy();
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
});

function kept<Client extends { destroy(): void }>(client: Client): Client {
  clients.push(client);
  return client;
}

function s3(scheme: 'http' | 'https', credentials: Keys = administrator): S3Client {
  const { endpoint, httpsEndpoint } = sandbox.status.aws;
  return s3At(scheme === 'http' ? endpoint : httpsEndpoint, 'eu-west-1', credentials);
}

/** With a copy of the keys: the SDK writes into what it is given. */
function s3At(endpoint: string, region: string, { accessKeyId, secretAccessKey }: Keys): S3Client {
  const credentials = { accessKeyId, secretAccessKey };
  const settings = { forcePathStyle: true, maxAttempts: 1, requestHandler: { httpsAgent } };
  return kept(new S3Client({ ...settings, endpoint, region, credentials }));
}

/** A request to a hostname that no resolver knows, at one of the sandbox's HTTPS addresses. */
async function ask(address: string, options: RequestOptions): Promise<{ status: number | undefined; body: string }> {
  const { port } = new URL(address);
  const request = httpsRequest({ host: '127.0.0.1', port, agent: false, ca, ...options }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

describe('S2: a policy that denies plain HTTP', () => {
  const everything = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
  const tlsOnly = {
    Effect: 'Deny',
    Action: 's3:*',
    Resource: '*',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  const documentOf = (...Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });

  test('of a user: refuses over HTTP what it allows over HTTPS, and the log says which statement', async () => {
    const { endpoint, httpsEndpoint } = sandbox.status.aws;
    const iam = kept(
      new IAMClient({
        endpoint: httpsEndpoint,
        region: 'us-east-1',
        credentials: { ...administrator },
        requestHandler: { httpsAgent },
      }),
    );
    expect(endpoint).toMatch(/^http:/);
    const UserName = 'careful';
    await iam.send(new CreateUserCommand({ UserName }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const keys = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    const PolicyDocument = documentOf(everything, { Sid: 'TlsOnly', ...tlsOnly });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'tls-only', PolicyDocument }));
    const get = new GetObjectCommand({ Bucket, Key });
    const { Body } = await s3('https', keys).send(get);
    expect(await Body?.transformToString()).toBe('over TLS');
    expect(await refusal(s3('http', keys).send(get))).toMatchObject({ code: 'AccessDenied', status: 403 });
    const { decisions } = await askDecisions(sandbox.status.control.url, { after: 0, refusedOnly: true });
    expect(decisions.at(-1)).toMatchObject({
      endpoint: 'aws',
      action: 'GetObject',
      verdict: 'explicitly-denied',
      because: expect.stringContaining('TlsOnly') as string,
    });
  });

  test('of a bucket: refuses even its owner over HTTP', async () => {
    const Bucket = 'careful-bucket';
    await s3('https').send(new CreateBucketCommand({ Bucket }));
    const Policy = documentOf({
      ...tlsOnly,
      Principal: '*',
      Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
    });
    await s3('https').send(new PutBucketPolicyCommand({ Bucket, Policy }));
    const put = new PutObjectCommand({ Bucket, Key, Body: 'a' });
    await s3('https').send(put);
    expect(await refusal(s3('http').send(put))).toMatchObject({ code: 'AccessDenied', status: 403 });
  });
});

describe('X5: every endpoint over HTTPS', () => {
  test('answers at R2 in each jurisdiction, and at the Cloudflare API', async () => {
    const { r2, cloudflare } = sandbox.status;
    for (const httpsEndpoint of Object.values(r2.httpsEndpoints)) {
      const { Buckets } = await s3At(httpsEndpoint, 'auto', r2).send(new ListBucketsCommand({}));
      expect(Buckets).toEqual([]);
    }
    const path = `/client/v4/accounts/${cloudflare.accountId}/tokens/verify`;
    const headers = { authorization: `Bearer ${cloudflare.apiToken}` };
    expect(await ask(cloudflare.httpsApiBaseUrl, { path, headers })).toMatchObject({ status: 200 });
  });

  test('takes presigned URLs', async () => {
    const url = new URL(await getSignedUrl(s3('https'), new GetObjectCommand({ Bucket, Key })));
    expect(url.protocol).toBe('https:');
    const answer = await ask(url.origin, { path: `${url.pathname}${url.search}`, headers: { host: url.host } });
    expect(answer).toEqual({ status: 200, body: 'over TLS' });
  });

  test('is certified for a bucket in the hostname', async () => {
    const signed = await getSignedUrl(
      kept(
        new S3Client({
          region: 'eu-west-1',
          endpoint: sandbox.status.aws.httpsEndpoint.replace('127.0.0.1', 'localhost'),
          credentials: { ...administrator },
        }),
      ),
      new GetObjectCommand({ Bucket, Key }),
    );
    const { host, hostname, pathname, search, origin } = new URL(signed);
    expect(hostname).toBe(`${Bucket}.localhost`);
    const answer = await ask(origin, { servername: hostname, path: `${pathname}${search}`, headers: { host } });
    expect(answer).toEqual({ status: 200, body: 'over TLS' });
  });

  test("is certified for a hostname of the account's zone at the edge, and for no stranger's", async () => {
    const { cloudflare, edge, r2 } = sandbox.status;
    const at = (servername: string) => ask(edge.https, { servername, path: `/${Key}`, headers: { host: servername } });
    const storage = s3At(r2.httpsEndpoints.default, 'auto', r2);
    await storage.send(new CreateBucketCommand({ Bucket }));
    await storage.send(new PutObjectCommand({ Bucket, Key, Body: 'at the edge' }));
    const zone = cloudflare.zones[0] ?? { id: '', name: '' };
    const domain = `files.${zone.name}`;
    const { status } = await fetch(
      `${cloudflare.apiBaseUrl}/accounts/${cloudflare.accountId}/r2/buckets/${Bucket}/domains/custom`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${cloudflare.apiToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ domain, zoneId: zone.id, enabled: true }),
      },
    );
    expect(status).toBe(200);
    expect(await at(domain)).toEqual({ status: 200, body: 'at the edge' });
    const { decisions } = await askDecisions(sandbox.status.control.url, { after: 0, refusedOnly: false });
    expect(decisions.at(-1)).toMatchObject({ endpoint: 'edge', action: 'GET', resource: `${domain}/${Key}` });
    expect(await at(`other.${zone.name}`)).toMatchObject({ status: 404 });
    await expect(at('files.example.com')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  test('is refused by a client that does not trust the authority', async () => {
    await expect(ask(sandbox.status.aws.httpsEndpoint, { ca: [] })).rejects.toThrow(/unable to verify|self-signed/);
  });

  test('breaks off a connection on demand, and goes on serving', async () => {
    const { url } = sandbox.status.control;
    const reset = { fault: { kind: 'reset', when: 'before' }, endpoints: ['aws'], count: 1 };
    await tellMisbehaviours(url, { rules: [reset] });
    await expect(ask(sandbox.status.aws.httpsEndpoint, { path: '/' })).rejects.toMatchObject({ code: 'ECONNRESET' });
    await tellMisbehaviours(url, undefined);
    expect(await ask(sandbox.status.aws.httpsEndpoint, { path: '/' })).toMatchObject({ status: 403 });
  });
});

test('a sandbox stops though a client never finishes its handshake, and its authority is the same afterwards', async () => {
  const { port } = new URL(sandbox.status.edge.https);
  const silent = connect(Number(port), '127.0.0.1');
  silent.on('error', () => undefined);
  await once(silent, 'connect');
  const closed = once(silent, 'close');
  await sandbox.stop();
  await closed;
  sandbox = await startSandbox({ directory, ports: freePorts });
  expect(await readFile(sandbox.status.tls.authorityFile, 'utf8')).toBe(ca);
  const { Body } = await s3('https').send(new GetObjectCommand({ Bucket, Key }));
  expect(await Body?.transformToString()).toBe('over TLS');
});
