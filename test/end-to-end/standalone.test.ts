import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectTaggingCommand } from '@aws-sdk/client-s3';
import { bucket, type BucketSide, startBucketSide } from '../engine/bucket-side.ts';
import { checkout, type Finished, runNode } from '../support/command-line.ts';

jest.setTimeout(60_000);

/** Copies between any two places: `sluice copy --from URL --to URL`, with keys that are nobody's but the user's. */
describe('O1: runs without a stack', () => {
  let side: BucketSide;
  let directory: string;

  beforeAll(async () => {
    side = await startBucketSide();
    directory = await mkdtemp(join(tmpdir(), 'sluice-standalone-'));
    const { accessKeyId, secretAccessKey } = side.endpoint;
    await mkdir(join(directory, 'from/deep'), { recursive: true });
    for (const [name, text] of Object.entries({ 'a.txt': 'A', 'deep/b.txt': 'B', 'deep/c.tmp': 'C' })) {
      await writeFile(join(directory, 'from', name), text);
    }
    await writeFile(
      join(directory, 'credentials'),
      `[ordinary]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    );
  });
  afterAll(async () => {
    await side.close();
    await rm(directory, { recursive: true, force: true });
  });

  function sluice(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Finished> {
    const { PATH } = process.env;
    return runNode([join(checkout, 'scripts/sluice.ts'), ...words], {
      PATH,
      AWS_SHARED_CREDENTIALS_FILE: join(directory, 'credentials'),
      AWS_CONFIG_FILE: join(directory, 'none'),
      SLUICE_JOURNAL_DIRECTORY: join(directory, 'journals'),
      ...environment,
    });
  }

  const bucketFlags = (end: 'from' | 'to', prefix: string) => [
    ...[`--${end}`, `s3://${bucket}/${prefix}`, `--${end}-endpoint`, side.proxy.url],
    ...[`--${end}-region`, side.endpoint.region, `--${end}-profile`, 'ordinary'],
  ];

  async function keysBelow(prefix: string): Promise<string[]> {
    return Object.keys(await side.bodies()).filter((key) => key.startsWith(prefix));
  }

  test('a directory goes to a bucket, and from there to another directory, and all three are equal', async () => {
    const up = await sluice(['copy', '--from', join(directory, 'from'), ...bucketFlags('to', 'there/'), '--json']);
    expect(up).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(up.stdout)).toMatchObject([{ summary: { objectsCopied: 3, failuresCount: 0 } }]);
    expect(await keysBelow('')).toEqual(['there/a.txt', 'there/deep/b.txt', 'there/deep/c.tmp']);

    const back = `file:${join(directory, 'back')}`;
    expect(await sluice(['sync', ...bucketFlags('from', 'there/'), '--to', back])).toMatchObject({ exitCode: 0 });
    const names = await readdir(join(directory, 'back'), { recursive: true });
    expect(names.sort()).toEqual(['a.txt', 'deep', 'deep/b.txt', 'deep/c.tmp']);
    expect(await readFile(join(directory, 'back/deep/b.txt'), 'utf8')).toBe('B');

    const equal = await sluice(['verify', ...bucketFlags('from', 'there/'), '--to', back, '--checksum', '--json']);
    expect(JSON.parse(equal.stdout)).toMatchObject([{ summary: { verified: { content: 3 }, differencesCount: 0 } }]);
    await writeFile(join(directory, 'back/a.txt'), 'X');
    expect(await sluice(['verify', ...bucketFlags('from', 'there/'), '--to', back, '--checksum'])).toMatchObject({
      exitCode: 1,
    });
    // Nothing is left to continue.
    for (const journal of await readdir(join(directory, 'journals'))) {
      expect(await readdir(join(directory, 'journals', journal))).toEqual([]);
    }
  });

  test('verify compares tags between two places that are named, not with the credentials of a migration', async () => {
    for (const prefix of ['tags/left/', 'tags/right/']) await side.put(`${prefix}a`, 'a');
    const Tagging = { TagSet: [{ Key: 'owner', Value: 'somebody' }] };
    await side.endpoint.client().send(new PutObjectTaggingCommand({ Bucket: bucket, Key: 'tags/left/a', Tagging }));
    const words = ['verify', ...bucketFlags('from', 'tags/left/'), ...bucketFlags('to', 'tags/right/')];
    expect(await sluice(words)).toMatchObject({ exitCode: 0 });
    const other = await sluice([...words, '--tags']);
    expect(other).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('tags differ: "owner"') as string });
    expect(await sluice(['verify', '--tags'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/--tags: .*--from URL --to URL/s) as string,
    });
  });

  test('a dry run prints what the run then does; what is excluded stays, at both sides', async () => {
    for (const key of ['plan/old.txt', 'plan/old.tmp']) await side.put(key, 'old');
    const words = ['sync', '--from', join(directory, 'from'), ...bucketFlags('to', 'plan/'), '--max-delete', '1'];
    const flags = ['--exclude', '*.tmp', '--include', '**'];
    const dry = await sluice([...words, ...flags, '--dry-run']);
    expect(dry).toMatchObject({ exitCode: 0 });
    expect(dry.stdout.split('\n').slice(0, 3)).toEqual([
      'copy    "a.txt" (missing)',
      'copy    "deep/b.txt" (missing)',
      'delete  "old.txt" (only at the destination)',
    ]);
    expect(await keysBelow('plan/')).toEqual(['plan/old.tmp', 'plan/old.txt']);

    const report = join(directory, 'report.jsonl');
    const run = await sluice([...words, ...flags, '--events', '--report', report]);
    expect(run).toMatchObject({ exitCode: 0 });
    const events = linesOf(run.stdout);
    expect(events.filter(({ event }) => event === 'step').map(({ action, key }) => [action, key])).toEqual([
      ['copy', 'a.txt'],
      ['copy', 'deep/b.txt'],
      ['delete', 'old.txt'],
    ]);
    expect(events.at(-1)).toMatchObject({ event: 'summary', objectsCopied: 2, objectsDeleted: 1 });
    const outcomes = linesOf(await readFile(report, 'utf8')).map(
      ({ outcome, key }) => `${String(outcome)} ${String(key)}`,
    );
    expect(outcomes.sort()).toEqual(['copied a.txt', 'copied deep/b.txt', 'deleted old.txt']);
    expect(await keysBelow('plan/')).toEqual(['plan/a.txt', 'plan/deep/b.txt', 'plan/old.tmp']);
  });

  test('what fails is in a file that the next run takes', async () => {
    const failed = join(directory, 'failed');
    const to = ['--to', join(directory, 'again')];
    for (const key of ['again/fine', 'again/not//a/file']) await side.put(key, 'x');
    const run = await sluice(['copy', ...bucketFlags('from', 'again/'), ...to, '--failed-file', failed]);
    expect(run).toMatchObject({ exitCode: 1 });
    expect(await readFile(failed, 'utf8')).toBe('"not//a/file"\n');
    const next = await sluice(['copy', ...bucketFlags('from', 'again/'), ...to, '--from-file', failed, '--json']);
    expect(JSON.parse(next.stdout)).toMatchObject([{ summary: { objectsSkipped: 0, failuresCount: 1 } }]);
  });

  test('filters by size and age', async () => {
    const from = join(directory, 'filtered');
    await mkdir(from);
    await writeFile(join(from, 'big'), 'x'.repeat(2048));
    await writeFile(join(from, 'small'), 'x');
    await writeFile(join(from, 'old'), 'x');
    await utimes(join(from, 'old'), new Date(0), new Date(0));
    const flags = ['--max-size', '1K', '--max-age', '1d'];
    const run = await sluice(['copy', '--from', from, '--to', join(directory, 'few'), ...flags]);
    expect(run).toMatchObject({ exitCode: 0 });
    expect(await readdir(join(directory, 'few'))).toEqual(['small']);
  });

  test('a profile says where its endpoint and region are, and comes before what the environment says of both sides', async () => {
    const { accessKeyId, secretAccessKey, region } = side.endpoint;
    const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    const config = join(directory, 'config');
    await writeFile(
      config,
      `[profile near]\nregion = ${region}\nservices = near\n${keys}[services near]\ns3 =\n  endpoint_url = ${side.proxy.url}\n`,
    );
    await side.put('profiled/a', 'a');
    const words = ['copy', '--from', `s3://${bucket}/profiled/`, '--from-profile', 'near', '--to'];
    const environment = {
      AWS_CONFIG_FILE: config,
      AWS_REGION: 'us-gov-east-1',
      // Nobody answers there.
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    };
    const run = await sluice([...words, join(directory, 'profiled')], environment);
    expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 copied') as string });
  });

  test.each([
    [['--from', 's3://standalone/there', '--to', 'x'], 's3://standalone/there: "there" must end in "/"'],
    [['--from', 'gs://a/', '--to', 'x'], '"gs:" is no kind of place'],
    [['--from', 's3:/a', '--to', 'x'], 'has no "//"'],
    [['--from', 'r2://media/', '--to', 'x'], 'add --from-account ID'],
    [['--from', 'r2://media/', '--from-account', '0'.repeat(32), '--to', 'x'], 'SLUICE_R2_ACCESS_KEY_ID'],
    [['--from', 'b2://media/', '--to', 'x'], 'add --from-region'],
    [['--from', 's3://a-bucket/', '--from-profile', 'nobody', '--from-region', 'eu-west-1', '--to', 'x'], 'nobody'],
    [['--from', 's3://A/', '--to', 'x'], 'not a name that S3 gives'],
    [['--from', 'x'], 'give --from and --to together'],
    [['--to-region', 'eu-west-1'], 'there is no --to'],
    [['--from', 'docs', '--to', 'y', '--to-region', 'eu-west-1'], 'is a directory'],
    [['--from', 'not-there', '--to', 'y'], 'there is no directory'],
    [['--from', 'docs/copying.md', '--to', 'y'], '--from docs --include "/copying.md"'],
    [['--from', 'docs', '--to', 'package.json'], 'it is a file'],
    [['--from', 's3://a-bucket/', '--from-endpoint', 'http://s3.example.com', '--to', 'x'], 'plain HTTP'],
    [['--from', 'docs', '--to', 'y', '--include', '[a'], 'never closed'],
    [['--from', 'docs', '--to', 'y', '--from-file', '/nowhere'], 'cannot be read'],
    [['--from', 'x', '--to', 'y', '--max-size', 'much'], 'a size is'],
    [['--from', 'x', '--to', 'y', '--max-age', '1'], 'an age is'],
  ])('X: %j is refused with exit code 2', async (words, said) => {
    const { exitCode, stderr } = await sluice(['copy', ...words]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(said) as string });
    expect(stderr).not.toContain('    at ');
  });
});

function linesOf(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
