import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetBucketAclCommand,
  GetObjectAclCommand,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type BucketCannedACL,
  type BucketLocationConstraint,
  type ObjectCannedACL,
  type ObjectOwnership,
} from '@aws-sdk/client-s3';
import { endpointForEachTest } from './endpoint-for-each-test.ts';
import { element, send, sendSigned } from './raw-request.ts';
import { refusal } from './refusal.ts';

const Bucket = 'acl';
const here = endpointForEachTest(Bucket);

const own = (ObjectOwnership: ObjectOwnership) =>
  here.s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership }] } }));
const unblock = (blocked: { BlockPublicAcls?: boolean; IgnorePublicAcls?: boolean } = {}) =>
  here.s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: blocked }));
const put = (Key: string, ACL?: ObjectCannedACL) => here.s3.send(new PutObjectCommand({ Bucket, Key, ACL, Body: 'x' }));
const putAcl = (Key: string, ACL: ObjectCannedACL) => here.s3.send(new PutObjectAclCommand({ Bucket, Key, ACL }));
const putBucketAcl = (ACL: BucketCannedACL) => here.s3.send(new PutBucketAclCommand({ Bucket, ACL }));
const granted = async (Key: string) =>
  ((await here.s3.send(new GetObjectAclCommand({ Bucket, Key }))).Grants ?? []).map(
    ({ Grantee, Permission }) => `${Grantee?.URI?.split('/').at(-1) ?? 'owner'} ${Permission}`,
  );
const anonymously = async (path: string) => (await send(here.endpoint, { path: `/${Bucket}${path}` })).status;

describe('a bucket whose owner owns every object (the default)', () => {
  test('takes no ACL but the one that changes nothing', async () => {
    const unsupported = refusal('AccessControlListNotSupported', 400);
    await put('a', 'bucket-owner-full-control');
    await expect(put('a', 'private')).rejects.toMatchObject(unsupported);
    await expect(put('a', 'public-read')).rejects.toMatchObject(unsupported);
    await expect(putAcl('a', 'private')).rejects.toMatchObject(unsupported);
    await expect(putBucketAcl('private')).rejects.toMatchObject(unsupported);
    expect(await granted('a')).toEqual(['owner FULL_CONTROL']);
  });
});

describe.each<ObjectOwnership>(['ObjectWriter', 'BucketOwnerPreferred'])('a bucket under %s', (ownership) => {
  beforeEach(() => own(ownership));

  test('takes canned ACLs with uploads and copies, and later', async () => {
    await unblock();
    await put('a', 'public-read');
    expect(await granted('a')).toEqual(['owner FULL_CONTROL', 'AllUsers READ']);
    await putAcl('a', 'authenticated-read');
    expect(await granted('a')).toEqual(['owner FULL_CONTROL', 'AuthenticatedUsers READ']);
    const copy = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a`, ACL: 'public-read-write' });
    await here.s3.send(copy);
    expect(await granted('copy')).toEqual(['owner FULL_CONTROL', 'AllUsers READ', 'AllUsers WRITE']);
    await put('a');
    expect(await granted('a')).toEqual(['owner FULL_CONTROL']);
    await putBucketAcl('log-delivery-write' as BucketCannedACL);
    expect((await here.s3.send(new GetBucketAclCommand({ Bucket }))).Grants).toHaveLength(3);
  });

  test('refuses public ones while its public access block stands', async () => {
    const denied = refusal('AccessDenied', 403);
    await put('a', 'private');
    await expect(put('a', 'public-read')).rejects.toMatchObject(denied);
    await expect(putAcl('a', 'authenticated-read')).rejects.toMatchObject(denied);
    await expect(putBucketAcl('public-read')).rejects.toMatchObject(denied);
    expect(await granted('a')).toEqual(['owner FULL_CONTROL']);
  });

  test('refuses what it does not know, and explicit grants', async () => {
    await put('a');
    await expect(put('a', 'public' as ObjectCannedACL)).rejects.toMatchObject(refusal('InvalidArgument', 400));
    const ask = async (headers: Readonly<Record<string, string>>, body = '') => {
      const answer = await sendSigned(here.endpoint, { method: 'PUT', path: `/${Bucket}/a?acl=`, headers, body });
      return [answer.status, element(answer.body, 'Code')];
    };
    expect(await ask({ 'x-amz-grant-read': 'id=somebody' })).toEqual([501, 'NotImplemented']);
    expect(await ask({}, '<AccessControlPolicy/>')).toEqual([501, 'NotImplemented']);
    expect(await ask({})).toEqual([400, 'MissingSecurityHeader']);
  });
});

describe('everyone may read', () => {
  beforeEach(() => own('ObjectWriter'));

  test('a public object, and list a public bucket, and nothing else', async () => {
    await unblock();
    await put('open', 'public-read');
    await put('shut');
    expect(await anonymously('/open')).toBe(200);
    expect(await anonymously('/shut')).toBe(403);
    expect(await anonymously('?list-type=2')).toBe(403);
    await putBucketAcl('public-read');
    expect(await anonymously('?list-type=2')).toBe(200);
    expect(await anonymously('/shut')).toBe(403);
    const write = await send(here.endpoint, { method: 'PUT', path: `/${Bucket}/open`, body: 'y' });
    expect(write.status).toBe(403);
  });

  test('nothing any more where public ACLs are ignored, or ACLs are off', async () => {
    await unblock();
    await put('open', 'public-read');
    await unblock({ IgnorePublicAcls: true });
    expect(await anonymously('/open')).toBe(403);
    await unblock();
    expect(await anonymously('/open')).toBe(200);
    await own('BucketOwnerEnforced');
    expect(await anonymously('/open')).toBe(403);
  });
});

describe('a new bucket', () => {
  const create = (more: { ACL?: BucketCannedACL; ObjectOwnership?: ObjectOwnership }, name = 'new') => {
    const LocationConstraint = here.endpoint.region as BucketLocationConstraint;
    const named = { Bucket: name, CreateBucketConfiguration: { LocationConstraint } };
    return here.s3.send(new CreateBucketCommand({ ...named, ...more }));
  };

  test('is private, or refused', async () => {
    await create({ ACL: 'private' });
    await create({ ACL: 'private', ObjectOwnership: 'ObjectWriter' }, 'newer');
    await expect(create({ ACL: 'public-read' }, 'open')).rejects.toMatchObject(refusal('InvalidRequest', 400));
    const open = create({ ACL: 'public-read', ObjectOwnership: 'ObjectWriter' }, 'open');
    await expect(open).rejects.toMatchObject(refusal('InvalidBucketAclWithBlockPublicAccessError', 400));
    const unknown = create({ ObjectOwnership: 'Nobody' as ObjectOwnership }, 'nobodys');
    await expect(unknown).rejects.toMatchObject(refusal('InvalidArgument', 400));
  });
});
