import { z } from 'zod';
import { type ApiSession, body, callsOf, fields, type Output, refusedCall } from './api-call.ts';
import { startPythonDriver } from './python-driver.ts';
import { r2Calls } from './r2-calls.ts';
import { s3Calls } from './s3-calls.ts';
import { type CloudName, scenario } from './step.ts';
import { placesOf, type World } from './world.ts';

const client = 'boto3';
const mebibyte = 1024 * 1024;

/** What boto3 does beyond single calls (boto3 documentation: "Uploading files", "Presigned URLs", "Paginators", "Waiters"). */
const transfers = (['S3', 'R2'] as const).flatMap((cloud) => {
  const call = callsOf(cloud);
  const text = { see: fields('Body') };
  const managed = { Body: body('a', 12 * mebibyte), threads: true };
  return [
    call('writer', 'upload_fileobj', '12 MiB in parts, by threads', { Key: 'uploads/managed', ...managed }, 'done'),
    call('administrator', 'download_fileobj', 'the same', { Key: 'uploads/managed' }, '12582912', {
      see: fields('ContentLength'),
    }),
    call(
      'reader',
      'upload_fileobj',
      'in parts, not granted',
      { Key: 'uploads/managed', ...managed },
      'refused: 403 AccessDenied',
    ),
    call(
      'administrator',
      'copy',
      'by the transfer manager',
      (c) => ({ Key: 'uploads/managed-copy', CopySource: { Bucket: c.bucket, Key: 'uploads/managed' } }),
      'done',
    ),
    call('administrator', 'paginate', 'one key a page', { Prefix: 'uploads/managed' }, '2, 2', {
      see: fields('pages', 'keys'),
    }),
    call('administrator', 'wait', 'object_exists', { waiter: 'object_exists', Key: 'uploads/managed' }, 'done'),
    call('administrator', 'wait', 'object_not_exists', { waiter: 'object_not_exists', Key: 'uploads/absent' }, 'done'),
    call(
      'reader',
      'generate_presigned_url',
      'a GET',
      { operation: 'get_object', Key: 'uploads/hello', seconds: 300 },
      'hello',
      text,
    ),
    call(
      'writer',
      'generate_presigned_url',
      'a PUT',
      { operation: 'put_object', Key: 'uploads/presigned', Body: body('x'), seconds: 300 },
      '200',
      { see: fields('status') },
    ),
    call(
      'reader',
      'generate_presigned_url',
      'a PUT, not granted',
      { operation: 'put_object', Key: 'uploads/presigned', Body: body('x'), seconds: 300 },
      'refused: 403 AccessDenied',
    ),
    call(
      'impostor',
      'generate_presigned_url',
      'a GET with another secret',
      { operation: 'get_object', Key: 'uploads/hello', seconds: 300 },
      'refused: 403 SignatureDoesNotMatch',
    ),
  ];
});

/** S3 User Guide, "Browser-based uploads using POST": 204 unless the form asks for another answer. */
const s3Call = callsOf('S3');
const posts = [
  s3Call(
    'writer',
    'generate_presigned_post',
    'a form with its file',
    { Key: 'uploads/posted', Body: body('posted'), bytesMax: 10 },
    '204',
    {
      see: fields('status'),
    },
  ),
  s3Call(
    'writer',
    'generate_presigned_post',
    'a file above the content-length-range',
    { Key: 'uploads/posted', Body: body('posted'), bytesMax: 3 },
    'refused: 400 EntityTooLarge',
  ),
  s3Call(
    'reader',
    'generate_presigned_post',
    'not granted',
    { Key: 'uploads/posted', Body: body('posted'), bytesMax: 10 },
    'refused: 403 AccessDenied',
  ),
];

interface DriverSession extends ApiSession {
  stop(): Promise<void>;
}

/** boto3, driven through one Python process. */
export const boto3 = scenario<DriverSession>({
  client,
  steps: [...s3Calls, ...r2Calls, ...transfers, ...posts],
  open,
  close: (session) => session.stop(),
});

const answerSchema = z.union([
  z.strictObject({ output: z.record(z.string(), z.unknown()) }),
  z.strictObject({ refused: z.strictObject({ status: z.number().nullable(), code: z.string().nullable() }) }),
  z.strictObject({ error: z.string() }),
]);

async function open(world: World, clouds: readonly CloudName[]): Promise<DriverSession> {
  const place = await placesOf(world, clouds, client);
  const driver = startPythonDriver('boto3-driver.py', await world.programs.pythonModules());
  return {
    place,
    remembered: new Map(),
    async ask({ cloud, as, operation, input }) {
      const { endpoint, region, keys } = place(cloud);
      return outputOf(operation, await driver.ask({ endpoint, region, keys: keys[as], operation, input }));
    },
    stop: () => driver.stop(),
  };
}

function outputOf(operation: string, told: unknown): Output {
  const answer = answerSchema.parse(told);
  if ('output' in answer) return answer.output;
  if ('error' in answer) throw new Error(answer.error);
  const { status, code } = answer.refused;
  throw refusedCall(operation, status ?? undefined, code ?? undefined);
}
