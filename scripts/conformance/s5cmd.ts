import {
  commandsOf,
  type CommandSession,
  type Judge,
  lastColumns,
  openCommandSession,
  programRunner,
  sortedLines,
  trimmed,
} from './command-session.ts';
import { Refused, scenario, type Step } from './step.ts';
import type { StorageName } from './world.ts';

const client = 's5cmd';

/**
 * `ERROR "cp a s3://b/c": AccessDenied: .. status code: 403, request id: ..`; of what is not there, and of keys that a batch
 * could not delete, it tells no status.
 */
const judge: Judge = ({ exitCode, stderr }) => {
  if (exitCode === 0) return;
  const [, code, status] = /(?:": |caused by: )(\w+): [^\n]*\s+status code: (\d+)/.exec(stderr) ?? [];
  if (code !== undefined) throw new Refused(Number(status), code);
  if (/given object \S+ not found/.test(stderr)) throw new Refused(404);
  if (/Access Denied|is not authorized to perform/.test(stderr)) throw new Refused(undefined, 'AccessDenied');
  throw new Error(stderr || `exit code ${exitCode}`);
};

const unnamed = (stdout: string): string => sortedLines(stdout.replace(/s3:\/\/[^/\s]+/g, 's3://…'));

const one = { named: 1 };
const seen = { named: 1, see: trimmed };
const lines = { named: 1, see: sortedLines };
const columns = { named: 1, see: lastColumns };
const paths = { named: 1, see: unnamed };

/** s5cmd's own documentation (README, "Usage"). */
function steps(cloud: StorageName): Step<CommandSession>[] {
  const s5cmd = commandsOf(cloud, judge);
  return [
    s5cmd('administrator', 'cp hello.txt s3://BUCKET/uploads/hello.txt', 'a file up', 'done', one),
    s5cmd('administrator', 'cat s3://BUCKET/uploads/hello.txt', 'it', 'hello', seen),
    s5cmd('administrator', 'cp tree/ s3://BUCKET/uploads/tree/', 'a tree up', 'done', one),
    s5cmd('administrator', 'ls s3://BUCKET/uploads/', 'one level', 'tree/ hello.txt', columns),
    s5cmd('administrator', 'ls s3://BUCKET/uploads/tree/*', 'by wildcard', 'a.txt b.txt sub/c.log', columns),
    s5cmd('administrator', 'ls s3://BUCKET/uploads/*.log', 'by wildcard across levels', 'tree/sub/c.log', columns),
    s5cmd(
      'administrator',
      'du s3://BUCKET/uploads/tree/*',
      'bytes and objects',
      '6 bytes in 3 objects: s3://…/uploads/tree/*',
      paths,
    ),
    s5cmd('administrator', 'head s3://BUCKET/uploads/hello.txt', 'size and tag', '5 5d41402abc4b2a76b9719d911017c592', {
      named: 1,
      see: (stdout) => {
        const { size, etag } = JSON.parse(stdout) as { size: number; etag: string };
        return `${size} ${etag.replaceAll('"', '')}`;
      },
    }),
    s5cmd('administrator', 'sync tree/ s3://BUCKET/uploads/tree/', 'nothing to do', 'nothing', lines),
    s5cmd('administrator', 'rm s3://BUCKET/uploads/tree/b.txt', 'one object', 'done', one),
    s5cmd(
      'administrator',
      'sync tree/ s3://BUCKET/uploads/tree/',
      'what was removed',
      'cp tree/b.txt s3://…/uploads/tree/b.txt',
      paths,
    ),
    s5cmd('administrator', 'cp --part-size 5 large.bin s3://BUCKET/uploads/large.bin', '9 MiB in parts', 'done', one),
    s5cmd(
      'administrator',
      'cp --part-size 5 s3://BUCKET/uploads/large.bin back.bin',
      'the same down, in ranges',
      'done',
      one,
    ),
    s5cmd(
      'administrator',
      'cp s3://BUCKET/uploads/hello.txt s3://OTHER/uploads/hello.txt',
      'to the other bucket',
      'done',
      one,
    ),
    s5cmd(
      'administrator',
      'mv s3://BUCKET/uploads/hello.txt s3://BUCKET/uploads/moved.txt',
      'within the bucket',
      'done',
      one,
    ),
    s5cmd('administrator', 'cat s3://BUCKET/uploads/hello.txt', 'what was moved away', 'refused: 404', one),
    s5cmd('reader', 'cat s3://BUCKET/uploads/moved.txt', 'what it may read', 'hello', seen),
    s5cmd('reader', 'ls s3://BUCKET/uploads/tree/*', 'what it may list', 'a.txt b.txt sub/c.log', columns),
    s5cmd('reader', 'cp hello.txt s3://BUCKET/uploads/x', 'not granted', 'refused: 403 AccessDenied', one),
    s5cmd('reader', 'rm s3://BUCKET/uploads/moved.txt', 'not granted', 'refused: AccessDenied', one),
    s5cmd('reader', 'cat s3://OTHER/uploads/hello.txt', 'from the other bucket', 'refused: 403 Forbidden', one),
    s5cmd('reader', 'ls s3://OTHER/uploads/', 'the other bucket', 'refused: 403 AccessDenied', one),
    s5cmd('reader', 'ls', 'all buckets', 'refused: 403 AccessDenied', one),
    s5cmd('reader', 'mb s3://conformance-new', 'not granted', 'refused: 403 AccessDenied', one),
    s5cmd('writer', 'cp hello.txt s3://BUCKET/uploads/written', 'what it may write', 'done', one),
    s5cmd('writer', 'cp --part-size 5 large.bin s3://BUCKET/uploads/written-large', 'in parts', 'done', one),
    s5cmd('writer', 'cp hello.txt s3://OTHER/uploads/x', 'to the other bucket', 'refused: 403 AccessDenied', one),
    s5cmd('impostor', 'ls s3://BUCKET/uploads/', 'with another secret', 'refused: 403 SignatureDoesNotMatch', one),
    s5cmd(
      'administrator',
      'ls s3://conformance-absent/',
      'a bucket that is not there',
      'refused: 404 NoSuchBucket',
      one,
    ),
    s5cmd('administrator', 'rb s3://BUCKET', 'a bucket that holds objects', 'refused: 409 BucketNotEmpty', one),
  ];
}

const s3 = commandsOf('S3', judge);
const r2 = commandsOf('R2', judge);

const ofS3: readonly Step<CommandSession>[] = [
  s3('reader', 'ls s3://BUCKET/private/', 'another prefix', 'refused: 403 AccessDenied', one),
  s3('reader', 'cat s3://BUCKET/private/x', 'from another prefix', 'refused: 403 Forbidden', one),
  s3('writer', 'cat s3://BUCKET/uploads/written', 'may not read', 'refused: 403 Forbidden', one),
  s3('writer', 'rm s3://BUCKET/uploads/written', 'may not delete', 'refused: AccessDenied', one),
  s3('writer', 'cp hello.txt s3://BUCKET/private/x', 'outside its prefix', 'refused: 403 AccessDenied', one),
  s3('stranger', 'ls s3://BUCKET/uploads/', 'with an unknown key', 'refused: 403 InvalidAccessKeyId', one),
  s3('administrator', 'bucket-version --set Enabled s3://OTHER', 'enabled', 'done', one),
  s3('administrator', 'bucket-version s3://OTHER', 'it is', 'Enabled', {
    named: 1,
    see: (stdout) => /\b(Enabled|Suspended)\b/.exec(stdout)?.[1] ?? trimmed(stdout),
  }),
  s3('administrator', 'rm s3://BUCKET/*', 'everything', 'done', one),
  s3('administrator', 'rb s3://BUCKET', 'the empty bucket', 'done', one),
];

const ofR2: readonly Step<CommandSession>[] = [
  r2('writer', 'cat s3://BUCKET/uploads/written', 'write includes read', 'hello', seen),
  r2('writer', 'rm s3://BUCKET/uploads/written', 'write includes delete', 'done', one),
  r2(
    'administrator',
    'bucket-version --set Enabled s3://OTHER',
    'R2 has no versions',
    'refused: 501 NotImplemented',
    one,
  ),
  r2('stranger', 'ls s3://BUCKET/uploads/', 'with an unknown key', 'refused: 401 Unauthorized', one),
];

/** s5cmd, one process a step. */
export const s5cmd = scenario<CommandSession>({
  client,
  steps: [...steps('S3'), ...ofS3, ...steps('R2'), ...ofR2],
  open: (world, clouds) =>
    openCommandSession(
      {
        client,
        start: async ({ programs }) => programRunner(await programs.s5cmd(), ['--retry-count', '0']),
        environment: ({ endpoint, region, keys }, as) => ({
          S3_ENDPOINT_URL: endpoint,
          AWS_REGION: region,
          AWS_ACCESS_KEY_ID: keys[as].accessKeyId,
          AWS_SECRET_ACCESS_KEY: keys[as].secretAccessKey,
        }),
      },
      world,
      clouds,
    ),
  close: (session) => session.close(),
});
