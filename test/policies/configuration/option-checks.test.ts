import { messageOf } from '../fixtures/message-of.ts';
import { destinationKey, otherAccount, ownAccount, s3Stack, s3Values, serverSide } from '../fixtures/s3-stack.ts';
import { changed, productionValues, sandboxValues, type Values } from '../fixtures/values.ts';

const option = (name: string) => ({ [`migrations[0].options.${name}`]: true });
const operation = (name: string) => ({ 'migrations[0].operation': name });
const refusal = (changes: Values) => messageOf('prod', s3Values(changes));

describe('X1: S3 to S3, every option is accepted', () => {
  test.each([
    ['versions', option('versions')],
    ['tags', option('tags')],
    ['versions with tags', { ...option('versions'), ...option('tags') }],
    ['versions of a sync', { ...option('versions'), ...operation('sync') }],
    ['append-only', option('appendOnly')],
    ['append-only with tags', { ...option('appendOnly'), ...option('tags') }],
    ['server-side', serverSide],
    ['TLS only', option('tlsOnly')],
    ['server-side with tags, in a sync', { ...serverSide, ...option('tags'), ...operation('sync') }],
    ['a key', { 'migrations[0].destination.kmsKeyArn': destinationKey }],
    ['requester pays', { 'migrations[0].source.requesterPays': true }],
    ['a bucket of another account', { 'migrations[0].source.accountId': otherAccount }],
    ['false, said aloud', { 'migrations[0].options.tags': false, 'migrations[0].source.requesterPays': false }],
  ])('%s', (_name, changes) => {
    expect(refusal(changes)).toBe('accepted');
  });

  test('what is on stands in the configuration, what is off does not', () => {
    const [plain] = s3Stack({ 'migrations[0].options.tags': false }).migrations;
    expect(plain?.options).toEqual({ verification: 'listing', deletesMax: 1000, deletesMaxPercent: 10 });
    expect(plain?.source.location).not.toHaveProperty('requesterPays');
    const [full] = s3Stack({ ...option('tags'), 'migrations[0].source.requesterPays': true }).migrations;
    expect(full?.options).toMatchObject({ tags: true });
    expect(full?.source.location).toMatchObject({ requesterPays: true, accountId: ownAccount });
  });

  test('S2: one credential serves both sides of a server-side copy: the source has none', () => {
    const [migration] = s3Stack(serverSide).migrations;
    expect(migration?.source.credential).toBeUndefined();
    expect(migration?.destination.credential).toMatchObject({ current: { generation: 1 } });
  });
});

describe('S2: TLS only', () => {
  const inSandbox = (endpoint: string) => {
    const values = changed(sandboxValues(), 'migrations[0].options.tlsOnly', true);
    return messageOf('dev', changed(values, 'endpoints.aws.s3', endpoint), '2026-11-22');
  };

  test('is had on one side, where the other is not on aws', () => {
    expect(messageOf('prod', changed(productionValues(), 'migrations[0].options.tlsOnly', true))).toBe('accepted');
    expect(messageOf('prod', changed(productionValues(), 'migrations[2].options.tlsOnly', true))).toBe(
      'migrations[2].options.tlsOnly: true changes nothing where neither side is on aws: ' +
        'only a policy of S3 can refuse plain HTTP: remove it',
    );
  });

  test('needs the https address of the sandbox', () => {
    expect(inSandbox('https://127.0.0.1:4788')).toBe('accepted');
    expect(inSandbox('http://127.0.0.1:4780')).toBe(
      'migrations[0].options.tlsOnly: true refuses every request at endpoints.aws.s3, "http://127.0.0.1:4780": ' +
        'write the https address there: `sluice sandbox status` shows it',
    );
  });
});

describe('X1: an option that cannot be had is refused', () => {
  const elsewhere = (name: string, places: string, because: string) =>
    `migrations[0].options.${name}: true cannot be had where ${places}: ${because}: remove it`;
  const onR2 = (name: string, migration = 0) => {
    const values = productionValues();
    const migrations = values['migrations'] as { options?: Values }[];
    const chosen = migrations[migration];
    return messageOf('prod', {
      ...values,
      migrations: [{ ...chosen, options: { [name]: true } }],
    });
  };

  test.each([
    ['tags', 0, 'the destination is on r2', 'only S3 keeps tags with its objects'],
    ['tags', 2, 'the source is on file and the destination is on r2', 'only S3 keeps tags with its objects'],
    ['versions', 1, 'the source is on r2', 'only S3 keeps versions that can be listed and read by their ids'],
    ['appendOnly', 0, 'the destination is on r2', 'only a policy of S3 can demand that a write overwrites nothing'],
    ['serverSide', 1, 'the source is on r2', 'only S3 copies from bucket to bucket for one credential'],
  ])('%s in migration %i: %s', (name, migration, places, because) => {
    expect(onR2(name, migration)).toBe(elsewhere(name, places, because));
  });

  test.each([
    [
      'append-only sync',
      { ...option('appendOnly'), ...operation('sync') },
      'migrations[0].options.appendOnly: true makes no sense for sync, which overwrites and deletes: remove it',
    ],
    [
      'append-only verify',
      { ...option('appendOnly'), ...operation('verify') },
      'migrations[0].options.appendOnly: true makes no sense for verify, which writes nothing: remove it',
    ],
    [
      'tags of a verify',
      { ...option('tags'), ...operation('verify') },
      'migrations[0].options.tags: true makes no sense for verify, which writes nothing: remove it',
    ],
    [
      'server-side verify',
      { ...serverSide, ...operation('verify') },
      'migrations[0].options.serverSide: true makes no sense for verify, which copies nothing: remove it',
    ],
    [
      'append-only and server-side',
      { ...serverSide, ...option('appendOnly') },
      'migrations[0].options.appendOnly: true contradicts serverSide, since CopyObject may overwrite: remove one of the two',
    ],
    [
      'server-side with a credential for the source',
      option('serverSide'),
      "migrations[0].source.credential: has no place beside serverSide: the destination's credential reads the source: remove it",
    ],
    [
      'a key of another region',
      { 'migrations[0].destination.kmsKeyArn': destinationKey.replace('eu-west-1', 'eu-central-1') },
      `migrations[0].destination.kmsKeyArn: "${destinationKey.replace('eu-west-1', 'eu-central-1')}" is in eu-central-1, and the bucket in eu-west-1: name the key of the bucket: it is in the same region`,
    ],
    [
      'an alias',
      { 'migrations[0].source.kmsKeyArn': 'alias/media' },
      'migrations[0].source.kmsKeyArn: "alias/media" is not the ARN of a KMS key: write the key\'s ARN, such as "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"',
    ],
    [
      'an account without quotes',
      { 'migrations[0].source.accountId': 210987654321 },
      'migrations[0].source.accountId: 210987654321 is a number, not 12 digits in quotes: write the id in quotes, such as "123456789012"',
    ],
    [
      'yes for true',
      { 'migrations[0].source.requesterPays': 'yes' },
      'migrations[0].source.requesterPays: "yes" is neither true nor false: write true or false, without quotes',
    ],
    [
      'a bucket that the stack makes, in another account',
      {
        'migrations[0].source.accountId': otherAccount,
        buckets: [{ provider: 'aws', name: 'media-prod' }],
      },
      `migrations[0].source.accountId: "${otherAccount}" does not own "media-prod", which this stack makes in its own account: remove it, or the bucket from buckets`,
    ],
  ])('%s', (_name, changes, message) => {
    expect(refusal(changes)).toBe(message);
  });

  test('O2: a bucket of another account is outside the boundary, whatever its name', () => {
    const boundary = [
      { provider: 'aws', bucket: 'media-prod', prefix: '' },
      { provider: 'aws', bucket: 'archive', prefix: '' },
    ];
    expect(refusal({ boundary })).toBe('accepted');
    expect(refusal({ boundary, 'migrations[0].source.accountId': otherAccount })).toContain(
      `s3://media-prod/uploads/ (account ${otherAccount}) is outside environment "prod"`,
    );
  });
});
