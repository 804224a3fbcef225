import { z } from 'zod';
import {
  commandsOf,
  type CommandSession,
  type Judge,
  lastColumns,
  openCommandSession,
  sortedLines,
  trimmed,
} from './command-session.ts';
import { startPythonDriver } from './python-driver.ts';
import { Refused, scenario, type Step } from './step.ts';
import type { StorageName } from './world.ts';

const client = 'aws-cli';

/** `An error occurred (AccessDenied) when calling the PutObject operation: ..` (AWS CLI documentation, "Return codes"). */
const judge: Judge = ({ exitCode, stdout, stderr }) => {
  const [, code] = /An error occurred \((\w+)\) when calling/.exec(`${stderr}\n${stdout}`) ?? [];
  // A listing that finds nothing ends with 1 and says nothing.
  if (exitCode === 0 || (exitCode === 1 && stderr === '' && stdout === '')) return;
  if (code === undefined) throw new Error(`exit code ${exitCode}: ${stderr}`);
  throw /^\d+$/.test(code) ? new Refused(Number(code)) : new Refused(undefined, code);
};

/** What a file system would do, on both clouds (AWS CLI command reference, `s3`). */
function fileCommands(cloud: StorageName): Step<CommandSession>[] {
  const aws = commandsOf(cloud, judge);
  return [
    aws('administrator', 's3 cp hello.txt s3://BUCKET/uploads/hello.txt', 'a file up', 'done'),
    aws('administrator', 's3 cp s3://BUCKET/uploads/hello.txt -', 'to standard output', 'hello', { see: trimmed }),
    aws('administrator', 's3 cp tree s3://BUCKET/uploads/tree --recursive --only-show-errors', 'a tree up', 'done'),
    aws('administrator', 's3 ls s3://BUCKET/uploads/', 'one level', 'tree/ hello.txt', { see: lastColumns }),
    aws(
      'administrator',
      's3 ls s3://BUCKET/uploads/tree --recursive',
      'all levels',
      'uploads/tree/a.txt uploads/tree/b.txt uploads/tree/sub/c.log',
      { see: lastColumns },
    ),
    aws('administrator', 's3 ls s3://BUCKET/absent/', 'where nothing is', 'nothing', { see: lastColumns }),
    aws('administrator', 's3 sync tree s3://BUCKET/uploads/tree', 'nothing to do', 'nothing', { see: sortedLines }),
    aws('administrator', 's3 rm s3://BUCKET/uploads/tree/b.txt --only-show-errors', 'one object', 'done'),
    aws(
      'administrator',
      's3 sync tree s3://BUCKET/uploads/tree --no-progress',
      'what was removed',
      'upload: tree/b.txt to s3://…/uploads/tree/b.txt',
      { see: (stdout) => sortedLines(stdout.replace(/s3:\/\/[^/]+/g, 's3://…')) },
    ),
    aws('administrator', 's3 cp large.bin s3://BUCKET/uploads/large.bin --only-show-errors', '9 MiB in parts', 'done'),
    aws(
      'administrator',
      's3api head-object --bucket BUCKET --key uploads/large.bin --query ContentLength',
      'its size',
      '9437184',
      { see: trimmed },
    ),
    aws(
      'administrator',
      's3 cp s3://BUCKET/uploads/large.bin back.bin --only-show-errors',
      'the same down, in ranges',
      'done',
    ),
    aws(
      'administrator',
      's3 mv s3://BUCKET/uploads/hello.txt s3://BUCKET/uploads/moved.txt --only-show-errors',
      'within the bucket',
      'done',
    ),
    aws(
      'administrator',
      's3api head-object --bucket BUCKET --key uploads/hello.txt',
      'what was moved away',
      'refused: 404',
    ),
    aws(
      'administrator',
      's3api list-objects-v2 --bucket BUCKET --prefix uploads/tree --page-size 1 --query length(Contents)',
      'three pages of one',
      '3',
      { see: trimmed },
    ),
    aws('reader', 's3 cp s3://BUCKET/uploads/moved.txt -', 'what it may read', 'hello', { see: trimmed }),
    aws('reader', 's3 ls s3://BUCKET/uploads/', 'what it may list', 'tree/ large.bin moved.txt', { see: lastColumns }),
    aws('reader', 's3 cp hello.txt s3://BUCKET/uploads/x', 'not granted', 'refused: AccessDenied'),
    aws(
      'reader',
      's3 cp large.bin s3://BUCKET/uploads/x --no-progress',
      'in parts, not granted',
      'refused: AccessDenied',
    ),
    aws('reader', 's3 ls s3://OTHER/uploads/', 'the other bucket', 'refused: AccessDenied'),
    aws('reader', 's3 cp s3://OTHER/uploads/x -', 'from the other bucket', 'refused: 403'),
    aws('reader', 's3 ls', 'all buckets', 'refused: AccessDenied', { named: 2 }),
    aws('writer', 's3 cp hello.txt s3://BUCKET/uploads/written --only-show-errors', 'what it may write', 'done'),
    aws('writer', 's3 cp large.bin s3://BUCKET/uploads/written-large --only-show-errors', 'in parts', 'done'),
    aws('writer', 's3 cp hello.txt s3://OTHER/uploads/x', 'to the other bucket', 'refused: AccessDenied'),
    aws('writer', 's3api delete-bucket --bucket BUCKET', 'not granted', 'refused: AccessDenied'),
    aws('impostor', 's3api list-objects-v2 --bucket BUCKET', 'with another secret', 'refused: SignatureDoesNotMatch'),
    aws('administrator', 's3api head-bucket --bucket conformance-absent', 'a bucket that is not there', 'refused: 404'),
    aws('administrator', 's3 rb s3://BUCKET', 'a bucket that holds objects', 'refused: BucketNotEmpty'),
  ];
}

const s3 = commandsOf('S3', judge);
const r2 = commandsOf('R2', judge);

/** IAM User Guide, "Policy evaluation logic"; S3 User Guide; AWS CLI command reference, `s3api`, `iam`, `sts`. */
const ofS3: readonly Step<CommandSession>[] = [
  s3('administrator', 'sts get-caller-identity --query Account --output text', 'the account', '000000000000', {
    see: trimmed,
  }),
  s3(
    'writer',
    'sts get-caller-identity --query Arn --output text',
    'allowed without any policy',
    'user/conformance-aws-cli-writer',
    {
      see: (stdout) => trimmed(stdout).replace(/^.*:/, ''),
    },
  ),
  s3('reader', 'iam list-users', 'not granted', 'refused: AccessDenied'),
  s3(
    'reader',
    'iam create-access-key --user-name conformance-aws-cli-writer',
    "another user's key, not granted",
    'refused: AccessDenied',
  ),
  s3(
    'administrator',
    'iam list-access-keys --user-name conformance-aws-cli-reader --query AccessKeyMetadata[].Status --output text',
    'one, active',
    'Active',
    { see: trimmed },
  ),
  s3('administrator', 'iam get-user --user-name conformance-absent', 'who is not there', 'refused: NoSuchEntity'),
  s3('administrator', 's3api get-bucket-location --bucket BUCKET --output text', 'the region', 'eu-west-1', {
    see: trimmed,
  }),
  s3('reader', 's3 ls s3://BUCKET/private/', 'another prefix', 'refused: AccessDenied'),
  s3('reader', 's3 cp s3://BUCKET/private/x -', 'from another prefix', 'refused: 403'),
  s3('writer', 's3 cp s3://BUCKET/uploads/written -', 'may not read', 'refused: 403'),
  s3('writer', 's3 rm s3://BUCKET/uploads/written', 'may not delete', 'refused: AccessDenied'),
  s3('writer', 's3 cp hello.txt s3://BUCKET/private/x', 'outside its prefix', 'refused: AccessDenied'),
  s3(
    'writer',
    's3 cp hello.txt s3://BUCKET/uploads/acl --acl public-read',
    'an ACL where ACLs are off',
    'refused: AccessDenied',
  ),
  s3(
    'administrator',
    's3 cp hello.txt s3://BUCKET/uploads/acl --acl public-read',
    'an ACL where ACLs are off',
    'refused: AccessControlListNotSupported',
  ),
  s3('stranger', 's3api list-objects-v2 --bucket BUCKET', 'with an unknown key', 'refused: InvalidAccessKeyId'),
  s3('administrator', 's3 rm s3://BUCKET --recursive --only-show-errors', 'everything', 'done'),
  s3('administrator', 's3 rb s3://BUCKET', 'the empty bucket', 'done'),
  s3('administrator', 's3 ls s3://BUCKET', 'the bucket is gone', 'refused: NoSuchBucket'),
];

/** Cloudflare documentation: "R2 > S3 API compatibility", "R2 > API tokens". */
const ofR2: readonly Step<CommandSession>[] = [
  r2('writer', 's3 cp s3://BUCKET/uploads/written -', 'write includes read', 'hello', { see: trimmed }),
  r2('writer', 's3 rm s3://BUCKET/uploads/written --only-show-errors', 'write includes delete', 'done'),
  r2(
    'administrator',
    's3api get-object-tagging --bucket BUCKET --key uploads/moved.txt',
    'R2 has no tags',
    'refused: NotImplemented',
  ),
  r2(
    'administrator',
    's3api put-bucket-versioning --bucket BUCKET --versioning-configuration Status=Enabled',
    'R2 has no versions',
    'refused: NotImplemented',
  ),
  r2(
    'administrator',
    's3api get-bucket-policy --bucket BUCKET',
    'R2 has no bucket policies',
    'refused: NotImplemented',
  ),
  r2('administrator', 's3api get-bucket-acl --bucket BUCKET', 'R2 has no ACLs', 'refused: NotImplemented'),
  r2('stranger', 's3api list-objects-v2 --bucket BUCKET', 'with an unknown key', 'refused: Unauthorized'),
];

const printedSchema = z.strictObject({ exitCode: z.int(), stdout: z.string(), stderr: z.string() });

/** Version 1 of the AWS CLI, one process a step. */
export const awsCli = scenario<CommandSession>({
  client,
  steps: [...fileCommands('S3'), ...ofS3, ...fileCommands('R2'), ...ofR2],
  open: (world, clouds) =>
    openCommandSession(
      {
        client,
        start: async ({ programs }) => {
          const driver = startPythonDriver('aws-cli-driver.py', await programs.pythonModules());
          return { run: async (command) => printedSchema.parse(await driver.ask(command)), stop: () => driver.stop() };
        },
        environment: ({ endpoint, region, keys }, as) => ({
          AWS_ENDPOINT_URL: endpoint,
          AWS_DEFAULT_REGION: region,
          AWS_ACCESS_KEY_ID: keys[as].accessKeyId,
          AWS_SECRET_ACCESS_KEY: keys[as].secretAccessKey,
          AWS_MAX_ATTEMPTS: '1',
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_PAGER: '',
        }),
      },
      world,
      clouds,
    ),
  close: (session) => session.close(),
});
