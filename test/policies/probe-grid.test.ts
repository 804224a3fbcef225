import type { BucketLocation } from '../../base/location.ts';
import { type Ability, abilities } from '../../policies/ability.ts';
import type { MigrationConfiguration } from '../../policies/configuration.ts';
import { decideGrant, excessOf } from '../../policies/dialects/index.ts';
import { r2TemporaryDialect } from '../../policies/dialects/r2-temporary.ts';
import { r2TokenDialect } from '../../policies/dialects/r2-token.ts';
import type { Grant } from '../../policies/grant.ts';
import { sideGrant } from '../../policies/migration-grants.ts';
import { operations, sides } from '../../policies/operation.ts';
import { probeGrid } from '../../policies/probe-grid.ts';
import { probeRequest } from '../../policies/probe-request.ts';
import { awsLocation, grantable, grantOn, r2Location } from './fixtures/grants.ts';
import { destinationKey, s3Stack, serverSide } from './fixtures/s3-stack.ts';
import type { Values } from './fixtures/values.ts';

const names = { canary: 'c0ffee', otherBucket: 'sluice-decoy' };
const credential = { current: { generation: 1, issuedOn: '2026-11-22', expiresOn: '2027-02-20' } };

/** Every operation, side, provider, kind of prefix and verification. */
const grants: readonly (readonly [name: string, grant: Grant])[] = operations.flatMap((operation) =>
  sides.flatMap((side) =>
    [awsLocation, r2Location].flatMap((base) =>
      ['uploads/', ''].flatMap((prefix) =>
        (['listing', 'content'] as const).map((verification): readonly [string, Grant] => {
          const location: BucketLocation = { ...base, prefix };
          const migration: MigrationConfiguration = {
            name: 'media',
            operation,
            source: { location, credential },
            destination: { location, credential },
            options: { verification, deletesMax: 1000, deletesMaxPercent: 10 },
            afterDeploy: 'run',
          };
          const grant = sideGrant(migration, side);
          if (!grant) throw new Error('a bucket has a grant');
          return [`${operation} ${side} on ${base.provider}, prefix "${prefix}", ${verification}`, grant];
        }),
      ),
    ),
  ),
);

/** Every option on both sides of a copy from S3 to S3, in two buckets and in one. */
const optionChanges: readonly (readonly [name: string, changes: Values])[] = [
  ['versions', { 'migrations[0].options.versions': true }],
  ['tags', { 'migrations[0].options.tags': true }],
  ['append-only', { 'migrations[0].options.appendOnly': true }],
  ['append-only with tags', { 'migrations[0].options.appendOnly': true, 'migrations[0].options.tags': true }],
  ['a key', { 'migrations[0].destination.kmsKeyArn': destinationKey }],
  ['requester pays', { 'migrations[0].destination.requesterPays': true }],
  ['server-side', serverSide],
  ['server-side in one bucket', { ...serverSide, 'migrations[0].destination.bucket': 'media-prod' }],
  ['server-side with tags', { ...serverSide, 'migrations[0].options.tags': true }],
  ['server-side with versions', { ...serverSide, 'migrations[0].options.versions': true }],
];
const grantsWithOptions: typeof grants = optionChanges.flatMap(([name, changes]) =>
  sides.map((side): readonly [string, Grant] => {
    const [migration] = s3Stack(changes).migrations;
    const grant = migration && sideGrant(migration, side);
    if (!grant) throw new Error('a bucket has a grant');
    return [`${name}, ${side}`, grant];
  }),
);

const allowed = (grant: Grant, probe: ReturnType<typeof probeGrid>[number], asked: Grant = grant) =>
  decideGrant(grant, probeRequest(probe, asked, names)).verdict === 'allowed';

describe('O6: the probe grid', () => {
  test.each([...grants, ...grantsWithOptions])('agrees with what the provider decides: %s', (_name, grant) => {
    const grid = probeGrid(grant);
    expect(grid.length).toBeGreaterThan(15);
    expect(grid.map((probe) => [probe.id, allowed(grant, probe) ? 'allowed' : 'refused'])).toEqual(
      grid.map(({ id, expect: verdict }) => [id, verdict]),
    );
  });

  test.each(grants)('asks for what was granted first, then for excess, then for refusals: %s', (_name, grant) => {
    const turns = probeGrid(grant).map((probe) =>
      probe.expect === 'refused' ? 2 : probe.excess === undefined ? 0 : 1,
    );
    expect(turns).toEqual(turns.toSorted((left, right) => left - right));
    expect(turns[0]).toBe(0);
    expect(turns.at(-1)).toBe(2);
  });

  test('has a unique and stable id for each probe', () => {
    const ids = probeGrid(grantOn(awsLocation, ['list', 'read'])).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.slice(0, 3)).toEqual([
      'media/source list inside ListObjectsV2',
      'media/source read inside GetObject',
      'media/source list sibling ListObjectsV2',
    ]);
  });

  test('tries every ability in every place that exists', () => {
    const tried = (grant: Grant) => new Set(probeGrid(grant).map(({ ability, place }) => `${ability} ${place}`));
    for (const ability of [...grantable, 'tag', 'version']) {
      for (const place of ['inside', 'sibling', 'outside', 'other-bucket']) {
        expect(tried(grantOn(awsLocation, ['list', 'tag']))).toContain(`${ability} ${place}`);
      }
    }
    const whole = probeGrid(grantOn({ ...r2Location, prefix: '' }, ['list'])).map(({ place }) => place);
    expect(whole).not.toContain('sibling');
    expect(whole).not.toContain('outside');
    expect(whole).toContain('bucket');
    expect(whole).toContain('account');
  });

  test('S2: finds out a policy that lets an append-only destination overwrite', () => {
    const [, appendOnly] = grantsWithOptions.find(([name]) => name === 'append-only, destination') ?? [];
    if (!appendOnly) throw new Error('one of the grants is append-only');
    const overwriting: Grant = { ...appendOnly, options: {} };
    const found = probeGrid(appendOnly).filter(
      (probe) => allowed(overwriting, probe, appendOnly) !== (probe.expect === 'allowed'),
    );
    expect(found.map(({ id }) => id)).toEqual(['media/destination write inside PutObject overwriting']);
  });

  test('says which allowed probe is excess, and why', () => {
    const grid = probeGrid(grantOn(r2Location, ['list', 'write', 'multipart']));
    expect(grid.find(({ id }) => id === 'media/source delete inside DeleteObject')).toMatchObject({
      expect: 'allowed',
      excess: 'an R2 token cannot write without delete',
      because: 'an R2 token cannot write without delete (r2://media/)',
    });
  });

  test('never asks a provider for a call it does not have', () => {
    const operationsOn = (location: BucketLocation) =>
      new Set(probeGrid(grantOn(location, ['list'])).map(({ operation }) => operation));
    expect(operationsOn(r2Location)).not.toContain('GetBucketPolicy');
    expect(operationsOn(r2Location)).not.toContain('PutObjectAcl');
    expect(operationsOn(awsLocation)).toContain('GetBucketPolicy');
  });
});

describe('S2: where the policy denies plain HTTP', () => {
  const tlsOnly = grants
    .filter(([, { location }]) => location.provider === 'aws')
    .map(([name, grant]): readonly [string, Grant] => [
      name,
      { ...grant, options: { ...grant.options, tlsOnly: true } },
    ]);

  test.each(tlsOnly)('the grid asks once more that way for all it allows under the prefix: %s', (_name, grant) => {
    const grid = probeGrid(grant);
    const plain = grid.filter(({ plainHttp }) => plainHttp);
    const granted = grid.filter((probe) => probe.expect === 'allowed' && probe.place === 'inside');
    expect(plain.map(({ id }) => id)).toEqual(granted.map(({ id }) => `${id} over plain HTTP`));
    expect(plain.length).toBeGreaterThan(1);
    for (const probe of grid) {
      expect([probe.id, allowed(grant, probe) ? 'allowed' : 'refused']).toEqual([probe.id, probe.expect]);
    }
  });

  test.each(tlsOnly)('a policy that lost the denial is found out by each of these probes: %s', (_name, grant) => {
    const mutant = { ...grant, options: {} };
    const flipped = probeGrid(grant).filter((probe) => allowed(mutant, probe, grant) !== (probe.expect === 'allowed'));
    expect(flipped).toEqual(probeGrid(grant).filter(({ plainHttp }) => plainHttp));
  });

  test('nothing is asked that way of a grant that does not deny it', () => {
    for (const [, grant] of grants) expect(probeGrid(grant).filter(({ plainHttp }) => plainHttp)).toEqual([]);
  });
});

describe('O6: a probe as a request', () => {
  const grant = grantOn(awsLocation, ['list', 'read']);
  const request = (id: string) => {
    const probe = probeGrid(grant).find((candidate) => candidate.id === `media/source ${id}`);
    if (!probe) throw new Error(`no probe ${id}`);
    return probeRequest(probe, grant, names);
  };

  test.each([
    ['read inside GetObject', { bucket: 'media-prod', key: 'uploads/.sluice-canary/c0ffee/read' }],
    ['delete inside DeleteObject', { bucket: 'media-prod', key: 'uploads/.sluice-canary/c0ffee/delete' }],
    ['read sibling GetObject', { bucket: 'media-prod', key: 'uploads-sibling/.sluice-canary/c0ffee/read' }],
    ['read outside GetObject', { bucket: 'media-prod', key: '.sluice-canary-outside/c0ffee/read' }],
    ['read other-bucket GetObject', { bucket: 'sluice-decoy', key: 'uploads/.sluice-canary/c0ffee/read' }],
    ['list inside ListObjectsV2', { bucket: 'media-prod', prefix: 'uploads/.sluice-canary/c0ffee/' }],
    ['multipart sibling ListMultipartUploads', { prefix: 'uploads-sibling/.sluice-canary/c0ffee/' }],
    ['admin account CreateBucket', { bucket: 'sluice-canary-c0ffee' }],
    ['admin inside PutObjectAcl', { key: 'uploads/.sluice-canary/c0ffee/admin', headers: { 'x-amz-acl': 'private' } }],
  ])('%s', (id, expected) => {
    expect(request(id)).toMatchObject(expected);
  });

  test('the whole bucket is listed without a prefix, and buckets without a bucket', () => {
    expect(request('list bucket ListObjectsV2')).not.toHaveProperty('prefix');
    expect(request('admin account ListBuckets')).not.toHaveProperty('bucket');
  });

  test('a canary that no bucket could be named after is our bug', () => {
    const [probe] = probeGrid(grant);
    if (!probe) throw new Error('the grid is not empty');
    expect(() => probeRequest(probe, grant, { ...names, canary: 'A/B' })).toThrow(/canary/);
  });
});

/**
 * Each ability added to or dropped from a grant is a mutant of its policy. Either a probe of the grant's own grid sees it,
 * or the provider renders both alike, and then the weaker grant declares the ability as excess.
 */
describe('O1: a policy with one ability more or less than the grant is found out', () => {
  const grantsOnAws = grants.filter(([, grant]) => grant.location.provider === 'aws');
  const withMore = grantsOnAws.map(([name, grant]): readonly [string, Grant] => [
    `${name}, with versions and tags`,
    {
      ...grant,
      abilities: abilities.filter((held) => held === 'tag' || held === 'version' || grant.abilities.includes(held)),
    },
  ]);
  const mutants = [...grants, ...withMore].flatMap(([name, grant]) =>
    mutable(grant).map((ability): Mutant => {
      const held = grant.abilities.includes(ability);
      const mutated = held ? grant.abilities.filter((other) => other !== ability) : [...grant.abilities, ability];
      const inOrder = abilities.filter((candidate) => mutated.includes(candidate));
      return {
        name: `${name}, ${held ? 'without' : 'with'} ${ability}`,
        ability,
        grant,
        mutant: { ...grant, abilities: inOrder },
      };
    }),
  );
  const killed = ({ grant, mutant }: Mutant) =>
    probeGrid(grant).some((probe) => allowed(mutant, probe, grant) !== (probe.expect === 'allowed'));
  const sameText = ({ grant, mutant }: Mutant) =>
    grant.location.provider === 'r2' &&
    JSON.stringify(r2TokenDialect.render(grant)) === JSON.stringify(r2TokenDialect.render(mutant));

  test.each([
    ['IAM', 'aws', 100],
    ['R2 tokens', 'r2', 40],
  ] as const)('%s: every mutant whose policy differs is killed by a probe', (name, provider, least) => {
    const different = mutants.filter((mutant) => mutant.grant.location.provider === provider && !sameText(mutant));
    const survivors = different.filter((mutant) => !killed(mutant));
    console.info(`${name}: ${different.length - survivors.length} of ${different.length} mutants killed`);
    expect(different.length).toBeGreaterThan(least);
    expect(survivors.map(({ name: survivor }) => survivor)).toEqual([]);
  });

  test('a mutant whose token is the same is declared as excess of the weaker grant', () => {
    for (const { ability, grant, mutant } of mutants.filter(sameText)) {
      const weaker = grant.abilities.includes(ability) ? mutant : grant;
      expect(excessOf(weaker).map((excess) => excess.ability)).toContain(ability);
    }
  });

  test('temporary credentials: every mutant is killed by a probe', () => {
    const onR2 = mutants.filter(({ grant }) => grant.location.provider === 'r2');
    const decides = (asked: Grant, probe: ReturnType<typeof probeGrid>[number], grant: Grant) =>
      r2TemporaryDialect.decide(r2TemporaryDialect.render(asked), probeRequest(probe, grant, names)).verdict;
    const survivors = onR2.filter(({ grant, mutant }) =>
      probeGrid(grant).every((probe) => decides(mutant, probe, grant) === decides(grant, probe, grant)),
    );
    console.info(`R2 temporary credentials: ${onR2.length - survivors.length} of ${onR2.length} mutants killed`);
    expect(survivors.map(({ name }) => name)).toEqual([]);
  });
});

interface Mutant {
  readonly name: string;
  readonly ability: Ability;
  readonly grant: Grant;
  readonly mutant: Grant;
}

/** What is added or dropped; R2 knows neither tags nor versions. */
function mutable({ location: { provider } }: Grant): readonly Ability[] {
  return provider === 'aws' ? [...grantable, 'tag', 'version'] : grantable;
}
