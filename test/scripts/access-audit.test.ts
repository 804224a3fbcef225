import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../base/user-error.ts';
import type { Audit } from '../../policies/audit/audit.ts';
import { iamDialect } from '../../policies/dialects/iam.ts';
import { r2PermissionGroups } from '../../policies/evaluator/r2-token.ts';
import { sideGrant } from '../../policies/migration-grants.ts';
import type { Side } from '../../policies/operation.ts';
import { auditFile, auditText } from '../../scripts/access-audit.ts';
import { renderAudit } from '../../scripts/render-access-audit.ts';
import { guideDestination, guideSource } from '../policies/audit/guide-policies.ts';
import { s3Stack } from '../policies/fixtures/s3-stack.ts';
import type { Values } from '../policies/fixtures/values.ts';

const missing = (audit: Audit, purpose: string) =>
  audit.purposes.find(({ name }) => name.startsWith(purpose))?.missing.map(({ right }) => right);
const actions = (audit: Audit) => audit.tooMuch.filter(({ level }) => level !== 'place').map(({ right }) => right);

describe('S3: the guides’ policies, held against what an operation needs', () => {
  test('the destination’s has PutObjectAcl too much, and lacks what copying, verifying and syncing need', () => {
    const audit = auditText('guide', guideDestination, { side: 'destination' });
    expect(missing(audit, 'destination of copy, each object verified')).toEqual([
      's3:GetObject',
      's3:ListBucketMultipartUploads',
    ]);
    expect(missing(audit, 'destination of sync')).toContain('s3:DeleteObject');
    expect(actions(audit)).toEqual(['s3:PutObjectAcl', 's3:GetBucketLocation']);
    expect(audit.tooMuch[0]).toMatchObject({ level: 'Permissions management' });
  });

  test('and the client call that fails is named', () => {
    const text = renderAudit(auditText('guide', guideDestination, { operation: 'sync', side: 'destination' }));
    expect(text).toContain("s3:GetObject: rclone's HEAD after each upload fails with 403");
    expect(text).toContain("s3:DeleteObject: sync's first delete fails with 403");
  });

  test('the source’s serves, with two actions too much, on more than a prefix', () => {
    const audit = auditText('guide', guideSource, { operation: 'copy', side: 'source', prefix: 'uploads/' });
    expect(audit.missing).toEqual([]);
    expect(actions(audit)).toEqual(['s3:GetBucketLocation', 's3:GetObjectVersion']);
    const reach = audit.tooMuch.filter(({ level }) => level === 'place').map(({ because }) => because);
    expect(reach).toContain('reaches the bucket outside uploads/');
    expect(audit.clients.map(({ action }) => action)).toContain('s3:GetObjectTagging');
  });

  test('the policy that is printed instead serves, and holds nothing too much', () => {
    const { least } = auditText('guide', guideDestination, { operation: 'sync', side: 'destination', prefix: 'in/' });
    const again = auditText('least', JSON.stringify(least), { operation: 'sync', side: 'destination' });
    expect([again.place, again.missing, again.tooMuch]).toEqual(['s3://dst/in/', [], []]);
  });
});

describe('S1, S3: an operation with options is measured with what they need', () => {
  const deployed = (side: Side, changes: Values) => {
    const [migration] = s3Stack(changes).migrations;
    const grant = migration && sideGrant(migration, side);
    if (!grant) throw new Error('a bucket has a grant');
    return JSON.stringify(iamDialect.render(grant));
  };
  const options = { 'migrations[0].options.tags': true, 'migrations[0].options.versions': true };

  test.each(['source', 'destination'] as const)(
    'what sluice deploys at the %s serves, with nothing too much',
    (side) => {
      const audit = auditText('deployed', deployed(side, options), {
        side,
        operation: 'copy',
        tags: true,
        versions: true,
      });
      expect([audit.missing, audit.tooMuch]).toEqual([[], []]);
    },
  );

  test('without saying so, the same rights are too much', () => {
    const audit = auditText('deployed', deployed('source', options), { side: 'source', operation: 'copy' });
    expect(actions(audit).toSorted()).toEqual([
      's3:GetObjectTagging',
      's3:GetObjectVersion',
      's3:GetObjectVersionTagging',
      's3:ListBucketVersions',
    ]);
  });

  test('a policy that lacks them is told each call that fails', () => {
    const audit = auditText('deployed', deployed('source', {}), { side: 'source', tags: true, versions: true });
    expect(audit.missing.map(({ right }) => right)).toEqual(
      expect.arrayContaining(['s3:ListBucketVersions', 's3:GetObjectVersion']),
    );
  });

  test('R2 has neither', () => {
    const token = JSON.stringify([
      { effect: 'allow', permissionGroups: [{ id: r2PermissionGroups.bucketItemRead.id }], resources: {} },
    ]);
    expect(() => auditText('token', token, { tags: true })).toThrow(
      '--tags: R2 has neither tags nor versions: leave it out',
    );
  });
});

describe('R4: an R2 token', () => {
  const account = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
  const token = (id: string, resource: string) =>
    JSON.stringify([{ effect: 'allow', permission_groups: [{ id }], resources: { [resource]: '*' } }]);

  test('that reads one bucket serves a source and has nothing too much', () => {
    const text = token('6a018a9f2fc74eb6b293b0c548f38b39', `com.cloudflare.edge.r2.bucket.${account}_eu_media`);
    const audit = auditText('token', text, { operation: 'copy', side: 'source' });
    expect([audit.place, audit.missing, audit.tooMuch]).toEqual(['r2://media.eu/', [], []]);
    expect(missing(auditText('token', text, {}), 'destination of sync')).toContain('write');
  });

  test('of the whole account is too much', () => {
    const text = token('bf7481a1826f439697cb59a20b22293e', `com.cloudflare.api.account.${account}`);
    const audit = auditText('token', text, { operation: 'copy', side: 'source', bucket: 'media' });
    expect(audit.tooMuch[0]).toMatchObject({ right: 'Workers R2 Storage Write', level: 'Permissions management' });
    expect(() => auditText('token', text, {})).toThrow('it names no bucket');
  });
});

describe('S3: what is no policy is refused by name and place', () => {
  const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::a/*' };
  test.each<[string, string, string]>([
    ['text', 'not json', 'is not JSON'],
    ['another version', JSON.stringify({ Version: '2024-01-01', Statement: [statement] }), 'policy, Version'],
    ['an unknown element', JSON.stringify({ Statement: [{ ...statement, Actions: [] }] }), 'unknown element "Actions"'],
    ['a key twice', '{"Statement":[],"Statement":[]}', 'Statement'],
    ['no statement', '{}', 'Statement'],
    ['a number', '7', 'policy, document'],
    ['a million characters', JSON.stringify({ Id: 'x'.repeat(1_000_000) }), 'a policy has at most'],
    ['deep nesting', '['.repeat(50_000) + ']'.repeat(50_000), 'policy, '],
  ])('%s', (_, text, message) => {
    expect(() => auditText('file', text, {})).toThrow(UserError);
    expect(() => auditText('file', text, {})).toThrow(message);
  });

  test('a misspelt action is told, and a file of any size is read only so far', async () => {
    const text = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, Action: 's3:HeadObject' }] });
    expect(auditText('file', text, {}).findings[0]).toMatchObject({ place: 'Statement[0].Action[0]' });
    const directory = await mkdtemp(join(tmpdir(), 'sluice-audit-'));
    await writeFile(join(directory, 'big.json'), ' '.repeat(3_000_000));
    await expect(auditFile(join(directory, 'big.json'), {})).rejects.toThrow('a policy has at most');
    await expect(auditFile(join(directory, 'none.json'), {})).rejects.toThrow('cannot be read');
    await rm(directory, { recursive: true });
  });
});
