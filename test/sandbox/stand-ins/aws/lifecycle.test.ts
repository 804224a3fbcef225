import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { Secret } from '../../../../sandbox/stand-ins/provider/property-value.ts';
import { type Clouds, settingsFor, startClouds } from '../clouds-under-test.ts';
import { matching, plain, startStandIn } from '../stand-in-under-test.ts';
import { policyFor } from './policy-texts.ts';
import { accessKey, bucket, ownershipControls, publicAccessBlock, user, userPolicy } from './resource-types.ts';

let clouds: Clouds;
let iam: IAM;
let s3: S3;
beforeAll(async () => {
  clouds = await startClouds('aws', { defaultTags: JSON.stringify({ tags: { team: 'media' } }) });
  const { endpoint, region, accessKeyId, secretAccessKey } = clouds.status.aws;
  const credentials = { accessKeyId, secretAccessKey };
  iam = new IAM({ endpoint, region: 'us-east-1', credentials });
  s3 = new S3({ endpoint, region, credentials, forcePathStyle: true });
});
afterAll(() => clouds.dispose());

describe('X1: aws.iam.User in the sandbox', () => {
  test('is made, tagged, moved, renamed and deleted', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(user, { name: 'media-a', path: '/sluice/', tags: { owner: 'web' } });
    expect(made.id).toBe('media-a');
    expect(made.outputs).toMatchObject({
      arn: `arn:aws:iam::${clouds.status.aws.accountId}:user/sluice/media-a`,
      path: '/sluice/',
      tags: { owner: 'web' },
      tagsAll: { owner: 'web', team: 'media' },
      uniqueId: matching(/^AIDA/),
    });

    const changed = await standIn.change(user, made, { name: 'media-b', path: '/', tags: { owner: 'app' } });
    expect(changed.outputs).toMatchObject({ name: 'media-b', path: '/', tagsAll: { owner: 'app', team: 'media' } });
    await expect(iam.getUser({ UserName: 'media-a' })).rejects.toThrow();

    expect(await standIn.refresh(user, changed)).toMatchObject({ inputs: changed.inputs, outputs: changed.outputs });
    await standIn.delete(user, changed);
    expect(await standIn.refresh(user, changed)).toBeUndefined();
    await standIn.delete(user, changed); // a user already gone is no error
  });

  test('a refresh sees what somebody else changed, and the next update takes it away', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(user, { name: 'drifting', tags: { owner: 'web' } });
    await iam.tagUser({ UserName: 'drifting', Tags: [{ Key: 'owner', Value: 'mallory' }] });
    const refreshed = await standIn.refresh(user, made);
    expect(refreshed?.inputs).toMatchObject({ tags: { owner: 'mallory' } });
    const after = made.inputs;
    expect(await standIn.decision(user, { before: refreshed?.inputs ?? {}, after })).toBe('update');
    await standIn.delete(user, made);
  });

  test('forceDestroy removes foreign keys and no policy, and only once it is deployed', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(user, { name: 'keeper' });
    await iam.createAccessKey({ UserName: 'keeper' });
    await expect(standIn.delete(user, made)).rejects.toThrow(/deleting IAM User \(keeper\): DeleteConflict/);

    const forced = await standIn.change(user, made, { name: 'keeper', forceDestroy: true });
    await iam.putUserPolicy({ UserName: 'keeper', PolicyName: 'foreign', PolicyDocument: policyFor('*') });
    await expect(standIn.delete(user, forced)).rejects.toThrow(/DeleteConflict/);
    expect((await iam.listAccessKeys({ UserName: 'keeper' })).AccessKeyMetadata).toEqual([]);

    await iam.deleteUserPolicy({ UserName: 'keeper', PolicyName: 'foreign' });
    await standIn.delete(user, forced);
  });

  test('a taken name is the error of IAM, and says what was being done', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(user, { name: 'twice' });
    const { inputs } = await standIn.check(user, { name: 'twice' });
    await expect(standIn.create(user, inputs)).rejects.toThrow(/creating IAM User \(twice\): EntityAlreadyExists/);
    await standIn.delete(user, made);
  });

  test('is imported by its name', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(user, { name: 'known', path: '/sluice/' });
    const imported = await standIn.refresh(user, { id: 'known', inputs: {}, outputs: {} });
    expect(imported).toMatchObject({ id: 'known', inputs: { name: 'known', path: '/sluice/' } });
    await standIn.delete(user, made);
  });
});

describe('X1: aws.iam.UserPolicy in the sandbox', () => {
  test('is put, found equal however IAM writes it, widened by hand, and deleted', async () => {
    const { standIn } = clouds;
    const owner = await standIn.make(user, { name: 'reader' });
    const program = { user: 'reader', name: 'access', policy: policyFor('arn:aws:s3:::media/*') };
    const made = await standIn.make(userPolicy, program);
    expect(made).toMatchObject({ id: 'reader:access', outputs: program });

    expect((await standIn.refresh(userPolicy, made))?.inputs['policy']).toBe(program.policy);

    await iam.putUserPolicy({ UserName: 'reader', PolicyName: 'access', PolicyDocument: policyFor('*') });
    const widened = await standIn.refresh(userPolicy, made);
    const drift = { before: widened?.inputs ?? {}, after: made.inputs };
    expect(await standIn.decision(userPolicy, drift)).toBe('update');

    const narrow = { ...program, policy: policyFor('arn:aws:s3:::media/uploads/*') };
    const changed = await standIn.change(userPolicy, made, narrow);
    const { PolicyDocument = '' } = await iam.getUserPolicy({ UserName: 'reader', PolicyName: 'access' });
    expect(decodeURIComponent(PolicyDocument)).toMatch(/^\{"Version":"2012-10-17","Statement":\[\{"Action":/);

    await standIn.delete(userPolicy, changed);
    expect(await standIn.refresh(userPolicy, changed)).toBeUndefined();
    await standIn.delete(user, owner);
  });

  test('a name prefix is completed', async () => {
    const { standIn } = clouds;
    const owner = await standIn.make(user, { name: 'prefixed' });
    const made = await standIn.make(userPolicy, { user: 'prefixed', namePrefix: 'access-', policy: policyFor('*') });
    expect(made.id).toMatch(/^prefixed:access-[0-9a-f]{26}$/);
    await standIn.delete(userPolicy, made);
    await standIn.delete(user, owner);
  });
});

describe('S2: aws.iam.AccessKey in the sandbox', () => {
  test('has a secret that works, stays secret, survives a refresh and dies with the key', async () => {
    const { standIn } = clouds;
    const owner = await standIn.make(user, { name: 'signer' });
    const made = await standIn.make(accessKey, { user: 'signer' });
    expect(made.outputs['secret']).toBeInstanceOf(Secret);
    expect(made.outputs['sesSmtpPasswordV4']).toBeInstanceOf(Secret);
    const { AccessKeyMetadata: keys = [] } = await iam.listAccessKeys({ UserName: 'signer' });
    expect(keys).toEqual([expect.objectContaining({ AccessKeyId: made.id, Status: 'Active' })]);

    const refreshed = await standIn.refresh(accessKey, made);
    expect(plain(refreshed?.outputs ?? {})).toEqual(plain(made.outputs));
    expect(refreshed?.outputs['secret']).toBeInstanceOf(Secret);

    const off = await standIn.change(accessKey, made, { user: 'signer', status: 'Inactive' });
    expect((await iam.listAccessKeys({ UserName: 'signer' })).AccessKeyMetadata?.[0]?.Status).toBe('Inactive');

    await standIn.delete(accessKey, off);
    expect(await standIn.refresh(accessKey, off)).toBeUndefined();
    await standIn.delete(user, owner);
  });

  test('is made inactive where the program says so', async () => {
    const { standIn } = clouds;
    const owner = await standIn.make(user, { name: 'sleeper', forceDestroy: true });
    await standIn.make(accessKey, { user: 'sleeper', status: 'Inactive' });
    expect((await iam.listAccessKeys({ UserName: 'sleeper' })).AccessKeyMetadata?.[0]?.Status).toBe('Inactive');
    await standIn.delete(user, owner);
  });
});

describe('X1: aws.s3.Bucket and its companions in the sandbox', () => {
  test('are made with the settings that keep a bucket private, and deleted', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(bucket, { bucket: 'media-prod', tags: { a: 'b' } });
    expect(made.outputs).toMatchObject({
      arn: 'arn:aws:s3:::media-prod',
      bucketDomainName: 'media-prod.s3.amazonaws.com',
      bucketRegionalDomainName: `media-prod.s3.${clouds.status.aws.region}.amazonaws.com`,
      tagsAll: { a: 'b', team: 'media' },
    });
    const flags = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true };
    const block = await standIn.make(publicAccessBlock, { bucket: 'media-prod', ...flags });
    const rule = { objectOwnership: 'BucketOwnerEnforced' };
    const controls = await standIn.make(ownershipControls, { bucket: 'media-prod', rule });

    const { PublicAccessBlockConfiguration } = await s3.getPublicAccessBlock({ Bucket: 'media-prod' });
    expect(PublicAccessBlockConfiguration).toMatchObject({ BlockPublicAcls: true, RestrictPublicBuckets: false });
    for (const [token, resource] of [
      [bucket, made],
      [publicAccessBlock, block],
      [ownershipControls, controls],
    ] as const) {
      const refreshed = await standIn.refresh(token, resource);
      expect(refreshed).toMatchObject({ id: 'media-prod', outputs: resource.outputs });
      expect(await standIn.decision(token, { before: refreshed?.inputs ?? {}, after: resource.inputs })).toBe(
        'nothing',
      );
    }

    const opened = { blockPublicAcls: false, bucket: 'media-prod' };
    const changed = await standIn.change(publicAccessBlock, block, opened);
    expect(
      (await s3.getPublicAccessBlock({ Bucket: 'media-prod' })).PublicAccessBlockConfiguration?.BlockPublicPolicy,
    ).toBe(false);

    const untagged = await standIn.change(bucket, made, { bucket: 'media-prod' });
    expect(untagged.outputs).toMatchObject({ tagsAll: { team: 'media' } });

    await standIn.delete(ownershipControls, controls);
    await standIn.delete(publicAccessBlock, changed);
    expect(await standIn.refresh(publicAccessBlock, changed)).toBeUndefined();
    await standIn.delete(bucket, untagged);
    expect(await standIn.refresh(bucket, untagged)).toBeUndefined();
  });

  test('a bucket with objects is deleted only where forceDestroy was deployed', async () => {
    const { standIn } = clouds;
    const made = await standIn.make(bucket, { bucket: 'full' });
    await s3.putObject({ Bucket: 'full', Key: 'a/..//b', Body: 'x' });
    await expect(standIn.delete(bucket, made)).rejects.toThrow(/BucketNotEmpty/);
    const forced = await standIn.change(bucket, made, { bucket: 'full', forceDestroy: true });
    await standIn.delete(bucket, forced);
    expect(await standIn.refresh(bucket, made)).toBeUndefined();
  });
});

describe('X1: the account', () => {
  test.each([
    ['a wrong one is refused before anything is made', ['999999999999'], /AWS account ID not allowed: 0+/],
    ['the right one is taken', ['000000000000'], undefined],
  ])('%s', async (_, allowed, message) => {
    const { aws } = clouds.status;
    const standIn = await startStandIn('aws', {
      AWS_ACCESS_KEY_ID: aws.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.secretAccessKey,
    });
    const configured = standIn.configure({
      ...settingsFor('aws', clouds.status),
      allowedAccountIds: JSON.stringify(allowed),
    });
    if (message === undefined) await expect(configured).resolves.toBeDefined();
    else await expect(configured).rejects.toThrow(message);
    await standIn.stop();
  });
});
