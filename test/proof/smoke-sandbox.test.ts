import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { r2KeysOfToken } from '../../policies/r2-keys.ts';
import type { AccessKeys } from '../../engine/place.ts';
import type { Ability } from '../../policies/ability.ts';
import { type IamPolicyDocument, iamDialect } from '../../policies/dialects/iam.ts';
import { r2TokenDialect } from '../../policies/dialects/r2-token.ts';
import type { Grant, GrantOptions } from '../../policies/grant.ts';
import { proveAlive, proveDead } from '../../proof/dead-credential.ts';
import { type SmokeOptions, smokeGrant } from '../../proof/smoke.ts';
import { type SandboxUnderTest, sandboxUnderTest } from './sandbox-under-test.ts';

let sandbox: SandboxUnderTest;
let iam: IAMClient;
let clients: S3Client[] = [];

const data = ['uploads-sibling/real', 'uploads/real'];

beforeAll(async () => {
  sandbox = await sandboxUnderTest();
  // IAM is global and signed for us-east-1, whatever region the buckets are in (AWS General Reference, "IAM endpoints").
  iam = new IAMClient({ ...sandbox.administratorAt('aws'), region: 'us-east-1' });
  const [aws, r2] = [clientAt('aws'), clientAt('r2')];
  clients = [aws, r2];
  for (const s3 of clients) {
    for (const bucket of ['media', 'decoy']) {
      await s3.send(new CreateBucketCommand({ Bucket: bucket, ...(s3 === aws ? located() : {}) }));
      for (const key of data) await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'real' }));
    }
  }
});

afterAll(async () => {
  clients.forEach((client) => client.destroy());
  iam.destroy();
  await sandbox.stop();
});

afterEach(async () => {
  // Nothing is left behind and no real object was touched, whatever the test did.
  for (const s3 of clients) {
    expect((await s3.send(new ListBucketsCommand())).Buckets?.map(({ Name }) => Name)).toEqual(['decoy', 'media']);
    for (const bucket of ['media', 'decoy']) {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
      expect(Contents.map(({ Key }) => Key)).toEqual(data);
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      expect(Uploads).toEqual([]);
    }
  }
});

const copySource: Ability[] = ['list', 'read'];
const copyDestination: Ability[] = ['list', 'write', 'multipart'];
const syncDestination: Ability[] = ['list', 'read', 'write', 'delete', 'multipart'];

describe('O6, X2: in the sandbox, a grant as rendered passes its whole grid on', () => {
  test.each([
    ['aws', 'copy source', copySource],
    ['aws', 'copy destination', copyDestination],
    ['aws', 'sync destination', syncDestination],
    ['r2', 'copy source', copySource],
    ['r2', 'copy destination', copyDestination],
    ['r2', 'sync destination', syncDestination],
  ] as const)('%s as %s', async (provider, _name, abilities) => {
    const options = await prepare(provider, abilities);
    const report = await smokeGrant(options);
    expect(report.checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(report.verdict.outcome).toBe('passed');
    expect(report.leftBehind).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(20);
  });
});

describe('O6: in the sandbox, a policy changed by hand is found', () => {
  test('a reader that may also write fails, naming write', async () => {
    const options = await prepare('aws', copySource, (policy) => ({
      ...policy,
      Statement: policy.Statement.map((each) =>
        each.Sid === 'Objects' ? { ...each, Action: [...each.Action, 's3:PutObject'] } : each,
      ),
    }));
    const { verdict } = await smokeGrant(options);
    expect(verdict.outcome).toBe('failed');
    expect(verdict.findings['too-much']).toEqual(['media/source write inside PutObject']);
    expect(verdict.findings['too-little']).toEqual([]);
  });

  test('a reader that lost list fails, naming list', async () => {
    const options = await prepare('aws', copySource, (policy) => ({
      ...policy,
      Statement: policy.Statement.filter(({ Sid }) => Sid !== 'List'),
    }));
    const { verdict } = await smokeGrant(options);
    expect(verdict.outcome).toBe('failed');
    expect(verdict.findings['too-little']).toEqual(['media/source list inside ListObjectsV2']);
    expect(verdict.findings['too-much']).toEqual([]);
  });

  test('a prefix that lost its slash fails for its sibling', async () => {
    const options = await prepare(
      'aws',
      copySource,
      (policy) => JSON.parse(JSON.stringify(policy).replaceAll('uploads/*', 'uploads*')) as IamPolicyDocument,
    );
    const { verdict } = await smokeGrant(options);
    expect(verdict.findings['too-much']).toEqual([
      'media/source list sibling ListObjectsV2',
      'media/source read sibling GetObject',
    ]);
  });

  test('an administrator fails everywhere and is undone everywhere', async () => {
    const { accessKeyId, secretAccessKey } = sandbox.status.aws;
    const options = await prepare('aws', copySource);
    const place = { ...options.place, credentials: { accessKeyId, secretAccessKey } };
    const { checks, leftBehind } = await smokeGrant({ ...options, place });
    const notFound = checks.filter(({ expect: expected, finding }) => expected === 'refused' && finding !== 'too-much');
    // ACLs are off in a new bucket, for administrators too.
    expect(notFound).toMatchObject([{ operation: 'PutObjectAcl', outcome: 'not-proven' }]);
    expect(leftBehind).toEqual([]);
  });
});

describe('S2, O6: in the sandbox, a policy that denies plain HTTP', () => {
  let trusted: string[];
  beforeAll(async () => {
    trusted = getCACertificates();
    setDefaultCACertificates([...trusted, await readFile(sandbox.status.tls.authorityFile, 'utf8')]);
  });
  afterAll(() => setDefaultCACertificates(trusted));

  test('passes its whole grid on, over HTTPS and what it must refuse over HTTP', async () => {
    const { checks } = await smokeGrant(await prepareTlsOnly());
    expect(checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    const overHttp = checks.filter(({ id }) => id.endsWith('over plain HTTP'));
    expect(overHttp.map(({ operation, seen }) => [operation, seen])).toEqual(
      ['ListObjectsV2', 'GetObject', 'PutObject', 'DeleteObject', 'ListMultipartUploads', 'AbortMultipartUpload'].map(
        (operation) => [operation, { status: 403, code: 'AccessDenied' }],
      ),
    );
  });

  test('that lost its denial fails, naming every ability that plain HTTP has', async () => {
    const { verdict } = await smokeGrant(
      await prepareTlsOnly((policy) => ({
        ...policy,
        Statement: policy.Statement.filter(({ Sid }) => Sid !== 'TlsOnly'),
      })),
    );
    expect(verdict.findings['too-much']).toHaveLength(6);
    for (const id of verdict.findings['too-much']) expect(id).toMatch(/ inside \w+ over plain HTTP$/);
  });

  test('is not proven to where no plain HTTP address is known', async () => {
    const { plainHttpEndpoint, ...options } = await prepareTlsOnly();
    expect(plainHttpEndpoint).toBe(sandbox.status.aws.endpoint);
    const { checks } = await smokeGrant(options);
    const unproven = checks.filter(({ outcome }) => outcome !== 'passed');
    expect(unproven).toHaveLength(6);
    for (const { because } of unproven) expect(because).toBe('no plain HTTP address of the endpoint is known');
  });

  async function prepareTlsOnly(change?: (policy: IamPolicyDocument) => IamPolicyDocument): Promise<SmokeOptions> {
    const options = await prepare('aws', syncDestination, change, { tlsOnly: true });
    const { endpoint, httpsEndpoint } = sandbox.status.aws;
    const place = { ...options.place, endpoint: httpsEndpoint };
    return { ...options, place, plainHttpEndpoint: endpoint };
  }
});

describe('R9, X3: in the sandbox, a key', () => {
  test('of AWS is alive until it is deleted, then proven dead', async () => {
    const { place } = await prepare('aws', copySource);
    const options = { place, timeoutSeconds: 2, inARow: 3 };
    expect((await proveAlive(options)).proven).toBe(true);
    expect((await proveDead({ ...options, timeoutSeconds: 0 })).proven).toBe(false);
    const { accessKeyId } = place.credentials;
    const { UserName } = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: accessKeyId }));
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: accessKeyId }));
    expect(await proveDead(options)).toMatchObject({ proven: true, seen: { status: 403, code: 'InvalidAccessKeyId' } });
  });

  test('of R2 is alive until its token is deleted, then proven dead', async () => {
    const { place } = await prepare('r2', copySource);
    const options = { place, timeoutSeconds: 2, inARow: 3 };
    expect((await proveAlive(options)).proven).toBe(true);
    const { accountId } = sandbox.status.cloudflare;
    await sandbox.cloudflare.accounts.tokens.delete(place.credentials.accessKeyId, { account_id: accountId });
    expect(await proveDead(options)).toMatchObject({ proven: true, seen: { status: 401, code: 'Unauthorized' } });
  });
});

/** A fresh credential for `abilities` on media's uploads/, its AWS policy perhaps changed by hand. */
async function prepare(
  provider: 'aws' | 'r2',
  abilities: readonly Ability[],
  change: (policy: IamPolicyDocument) => IamPolicyDocument = (policy) => policy,
  grantOptions?: GrantOptions,
): Promise<SmokeOptions> {
  const grant: Grant = { ...grantOn(provider, abilities), ...(grantOptions && { options: grantOptions }) };
  const credentials = provider === 'aws' ? await awsUser(grant, change) : await r2Token(grant);
  const { credentials: administrator, ...endpoint } = sandbox.administratorAt(provider);
  return {
    grant,
    place: { kind: 'bucket', provider, bucket: 'media', prefix: 'uploads/', ...endpoint, credentials },
    administrator: { place: () => ({ ...endpoint, credentials: administrator }) },
    decoyBucket: 'decoy',
    canaries: true,
    outsideCanaries: true,
    greensInARow: 3,
    propagationTimeoutSeconds: 0,
  };
}

function grantOn(provider: 'aws' | 'r2', abilities: readonly Ability[]): Grant {
  const place = { bucket: 'media', prefix: 'uploads/' } as const;
  const { region, accountId } = sandbox.status.aws;
  const location =
    provider === 'aws'
      ? ({ provider, ...place, region, accountId, partition: 'aws' } as const)
      : ({ provider, ...place, jurisdiction: 'default', accountId: sandbox.status.cloudflare.accountId } as const);
  return { access: 'media/source', location, abilities };
}

async function awsUser(grant: Grant, change: (policy: IamPolicyDocument) => IamPolicyDocument): Promise<AccessKeys> {
  const UserName = `tested-${randomUUID()}`;
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = JSON.stringify(change(iamDialect.render(grant)));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'sluice', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

async function r2Token(grant: Grant): Promise<AccessKeys> {
  const { id = '', value = '' } = await sandbox.cloudflare.accounts.tokens.create({
    account_id: sandbox.status.cloudflare.accountId,
    name: `tested-${randomUUID()}`,
    policies: r2TokenDialect.render(grant).map(({ effect, permissionGroups, resources }) => ({
      effect,
      permission_groups: permissionGroups.map(({ id }) => ({ id })),
      resources: { ...resources } as Record<string, string>,
    })),
  });
  return r2KeysOfToken(id, value);
}

function clientAt(provider: 'aws' | 'r2'): S3Client {
  return new S3Client({ ...sandbox.administratorAt(provider), forcePathStyle: true });
}

function located() {
  return { CreateBucketConfiguration: { LocationConstraint: sandbox.status.aws.region as 'eu-west-1' } };
}
