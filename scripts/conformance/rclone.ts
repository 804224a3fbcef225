import {
  commandsOf,
  type CommandSession,
  type Judge,
  openCommandSession,
  programRunner,
  sortedLines,
  trimmed,
} from './command-session.ts';
import { Refused, scenario, type Step } from './step.ts';
import type { StorageName } from './world.ts';

const client = 'rclone';

/** `operation error S3: PutObject, https response error StatusCode: 403, .., api error AccessDenied: ..` */
const judge: Judge = ({ exitCode, stderr }) => {
  if (exitCode === 0) return;
  const [, status, code] = /StatusCode: (\d+).*?api error (\w+)/s.exec(stderr) ?? [];
  if (status !== undefined) throw new Refused(Number(status), code);
  // It asks for the listing and tells no status of a bucket that is not there.
  if (stderr.includes('directory not found')) throw new Refused(404);
  const last = stderr.trim().split('\n').at(-1) ?? '';
  throw new Error(last.replace(/^\S+ \S+ \w+ *: /, '') || `exit code ${exitCode}`);
};

const one = { named: 1 };
const seen = { named: 1, see: trimmed };
const lines = { named: 1, see: sortedLines };

/** rclone's documentation of each command, and "Amazon S3 Storage Providers". */
function steps(cloud: StorageName): Step<CommandSession>[] {
  const rclone = commandsOf(cloud, judge);
  return [
    rclone('administrator', 'copyto hello.txt it:BUCKET/uploads/hello.txt', 'a file up', 'done', one),
    rclone('administrator', 'cat it:BUCKET/uploads/hello.txt', 'it', 'hello', seen),
    rclone('administrator', 'copy tree it:BUCKET/uploads/tree', 'a tree up', 'done', one),
    rclone('administrator', 'lsf it:BUCKET/uploads', 'one level', 'hello.txt | tree/', lines),
    rclone(
      'administrator',
      'lsf -R --files-only it:BUCKET/uploads/tree',
      'all levels',
      'a.txt | b.txt | sub/c.log',
      lines,
    ),
    rclone(
      'administrator',
      'size it:BUCKET/uploads/tree',
      'bytes and objects',
      'Total objects: 3 | Total size: 6 B (6 Byte)',
      lines,
    ),
    rclone('administrator', 'check tree it:BUCKET/uploads/tree', 'equal trees', 'done', one),
    rclone('administrator', 'check --download tree it:BUCKET/uploads/tree', 'equal bytes', 'done', one),
    rclone(
      'administrator',
      'md5sum it:BUCKET/uploads/hello.txt',
      'as S3 tells it',
      '5d41402abc4b2a76b9719d911017c592  hello.txt',
      seen,
    ),
    rclone('administrator', 'deletefile it:BUCKET/uploads/tree/b.txt', 'one object', 'done', one),
    rclone('administrator', 'sync tree it:BUCKET/uploads/tree', 'what was removed', 'done', one),
    rclone('administrator', 'lsf it:BUCKET/uploads/tree', 'it is back', 'a.txt | b.txt | sub/', lines),
    rclone(
      'administrator',
      'copyto large.bin it:BUCKET/uploads/large.bin --s3-upload-cutoff 5M --s3-chunk-size 5M',
      '9 MiB in parts',
      'done',
      one,
    ),
    rclone('administrator', 'copyto it:BUCKET/uploads/large.bin back.bin', 'the same down', 'done', one),
    rclone(
      'administrator',
      'check . it:BUCKET/uploads --include large.bin',
      'its checksum came along as metadata',
      'done',
      one,
    ),
    rclone(
      'administrator',
      'copyto it:BUCKET/uploads/hello.txt it:OTHER/uploads/hello.txt',
      'to the other bucket, by the server',
      'done',
      one,
    ),
    rclone(
      'administrator',
      'moveto it:BUCKET/uploads/hello.txt it:BUCKET/uploads/moved.txt',
      'within the bucket',
      'done',
      one,
    ),
    rclone('administrator', 'cat it:BUCKET/uploads/hello.txt', 'what was moved away', 'nothing', lines),
    rclone('administrator', 'touch it:BUCKET/uploads/touched', 'an empty object', 'done', one),
    rclone('administrator', 'lsf --format sp it:BUCKET/uploads/touched', 'of no bytes', '0;touched', seen),
    rclone('administrator', 'purge it:BUCKET/uploads/tree/sub', 'a folder', 'done', one),
    rclone('administrator', 'backend list-multipart-uploads it:BUCKET', 'none is left over', 'none', {
      named: 2,
      see: (stdout) =>
        Object.values(JSON.parse(stdout) as Record<string, unknown[] | null>).some((left) => left?.length)
          ? stdout
          : 'none',
    }),
    rclone('reader', 'cat it:BUCKET/uploads/moved.txt', 'what it may read', 'hello', seen),
    rclone('reader', 'lsf it:BUCKET/uploads/tree', 'what it may list', 'a.txt | b.txt', lines),
    rclone('reader', 'copyto hello.txt it:BUCKET/uploads/x', 'not granted', 'refused: 403 AccessDenied', one),
    rclone('reader', 'deletefile it:BUCKET/uploads/moved.txt', 'not granted', 'refused: 403 AccessDenied', one),
    rclone('reader', 'lsf it:OTHER/uploads', 'the other bucket', 'refused: 403 AccessDenied', one),
    rclone('reader', 'lsd it:', 'all buckets', 'refused: 403 AccessDenied', one),
    rclone(
      'reader',
      'mkdir it:conformance-new --s3-no-check-bucket=false',
      'a bucket, not granted',
      'refused: 403 AccessDenied',
      { named: 1 },
    ),
    rclone('writer', 'copy tree it:BUCKET/uploads/written/ --s3-no-head', 'what it may write', 'done', one),
    rclone(
      'writer',
      'copy . it:BUCKET/uploads/written/ --include /large.bin --s3-no-head --s3-upload-cutoff 5M --s3-chunk-size 5M',
      'in parts',
      'done',
      one,
    ),
    rclone(
      'writer',
      'copy tree it:OTHER/uploads/x/ --s3-no-head',
      'to the other bucket',
      'refused: 403 AccessDenied',
      one,
    ),
    rclone('impostor', 'lsf it:BUCKET/uploads', 'with another secret', 'refused: 403 SignatureDoesNotMatch', one),
    rclone('administrator', 'lsf it:conformance-absent', 'a bucket that is not there', 'refused: 404', one),
    rclone('administrator', 'rmdir it:BUCKET', 'a bucket that holds objects', 'refused: 409 BucketNotEmpty', one),
  ];
}

const s3 = commandsOf('S3', judge);
const r2 = commandsOf('R2', judge);

const ofS3: readonly Step<CommandSession>[] = [
  s3('reader', 'lsf it:BUCKET/private', 'another prefix', 'refused: 403 AccessDenied', one),
  s3('writer', 'copy tree it:BUCKET/private/x/ --s3-no-head', 'outside its prefix', 'refused: 403 AccessDenied', one),
  s3('writer', 'deletefile it:BUCKET/uploads/written/a.txt', 'may not look, nor delete', 'refused: 403 Forbidden', one),
  s3('stranger', 'lsf it:BUCKET/uploads', 'with an unknown key', 'refused: 403 InvalidAccessKeyId', one),
  s3('administrator', 'backend versioning it:OTHER Enabled', 'enabled', '"Enabled"', { named: 2, see: trimmed }),
];

const ofR2: readonly Step<CommandSession>[] = [
  r2('writer', 'cat it:BUCKET/uploads/written/a.txt', 'write includes read', 'a', seen),
  r2('writer', 'deletefile it:BUCKET/uploads/written/a.txt', 'write includes delete', 'done', one),
  r2('stranger', 'lsf it:BUCKET/uploads', 'with an unknown key', 'refused: 401 Unauthorized', one),
];

/** rclone, one process a step, with one remote called `it`. */
export const rclone = scenario<CommandSession>({
  client,
  steps: [...steps('S3'), ...ofS3, ...steps('R2'), ...ofR2],
  open: (world, clouds) =>
    openCommandSession(
      {
        client,
        start: async ({ programs }) =>
          programRunner(await programs.rclone(), [
            '--config',
            'absent.conf',
            '--retries',
            '1',
            '--low-level-retries',
            '1',
          ]),
        environment: ({ endpoint, region, keys }, as, cloud) => ({
          RCLONE_CONFIG_IT_TYPE: 's3',
          RCLONE_CONFIG_IT_PROVIDER: cloud === 'S3' ? 'AWS' : 'Cloudflare',
          RCLONE_CONFIG_IT_ENDPOINT: endpoint,
          RCLONE_CONFIG_IT_REGION: region,
          RCLONE_CONFIG_IT_LOCATION_CONSTRAINT: cloud === 'S3' ? region : '',
          RCLONE_CONFIG_IT_ACCESS_KEY_ID: keys[as].accessKeyId,
          RCLONE_CONFIG_IT_SECRET_ACCESS_KEY: keys[as].secretAccessKey,
          RCLONE_CONFIG_IT_FORCE_PATH_STYLE: 'true',
          // Tokens of one bucket cannot look whether it exists; over plain HTTP rclone signs no streamed body.
          RCLONE_CONFIG_IT_NO_CHECK_BUCKET: as === 'reader' || as === 'writer' ? 'true' : 'false',
          RCLONE_CONFIG_IT_USE_UNSIGNED_PAYLOAD: 'true',
        }),
      },
      world,
      clouds,
    ),
  close: (session) => session.close(),
});
