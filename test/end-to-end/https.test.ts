import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { findRclone } from '../../bench/rclone.ts';
import { runNode, startTestSandbox, type TestSandbox } from '../support/command-line.ts';

/** Ordinary clients over HTTPS, told of the sandbox's authority as their own manuals say. */
let sandbox: TestSandbox;
let authority: string;
beforeAll(async () => {
  sandbox = await startTestSandbox();
  authority = sandbox.status.tls.authorityFile;
});
afterAll(() => sandbox.dispose());

describe('X5, O5: rclone over HTTPS', () => {
  let directory: string;
  beforeAll(async () => {
    directory = join(sandbox.directory, 'exports');
    await mkdir(join(directory, 'photos'), { recursive: true });
    await writeFile(join(directory, 'photos', 'a b.txt'), 'hello');
    // Larger than rclone's cut-off for uploads in parts, which is lowered below.
    await writeFile(join(directory, 'large'), Buffer.alloc(6 * 1024 * 1024, 'x'));
  });

  test('copies from a directory to S3 and on to R2, and finds both equal', async () => {
    for (const bucket of ['s3:media-prod', 'r2:media']) await mustRclone('mkdir', bucket);
    await mustRclone('copy', directory, 's3:media-prod/uploads', '--s3-upload-cutoff', '5M', '--s3-chunk-size', '5M');
    await mustRclone('copy', 's3:media-prod/uploads', 'r2:media/uploads');
    await mustRclone('check', directory, 'r2:media/uploads', '--download');
    const { stdout } = await mustRclone('lsf', '-R', '--files-only', 'r2:media/uploads');
    expect(stdout.trim().split('\n').sort()).toEqual(['large', 'photos/a b.txt']);
  });

  test('does not talk to the sandbox before it trusts its authority', async () => {
    const { exitCode, stderr } = await rclone(['lsd', 's3:', '--low-level-retries', '1'], {});
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/certificate signed by unknown authority/);
  });

  function mustRclone(...words: string[]): ReturnType<typeof rclone> {
    return rclone(words, { SSL_CERT_FILE: authority }).then((finished) => {
      if (finished.exitCode !== 0) throw new Error(`rclone ${words.join(' ')}: ${finished.stderr}`);
      return finished;
    });
  }
});

/** With remotes `s3` and `r2` on the HTTPS addresses, as the sandbox's administrator. */
async function rclone(words: readonly string[], trust: NodeJS.ProcessEnv) {
  const program = await findRclone(() => undefined);
  if (program === undefined) throw new Error('rclone is neither on PATH nor to be had by pip');
  const { aws, r2 } = sandbox.status;
  const child = spawn(program, [...words, '--config', '/dev/null', '--retries', '1'], {
    cwd: sandbox.directory,
    env: {
      ...trust,
      ...remote('S3', { provider: 'AWS', region: aws.region, endpoint: aws.httpsEndpoint, keys: aws }),
      ...remote('R2', { provider: 'Cloudflare', region: 'auto', endpoint: r2.httpsEndpoints.default, keys: r2 }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { stdout, stderr, exitCode };
}

interface Remote {
  readonly provider: string;
  readonly region: string;
  readonly endpoint: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

function remote(name: string, { provider, region, endpoint, keys }: Remote): NodeJS.ProcessEnv {
  const settings = {
    TYPE: 's3',
    PROVIDER: provider,
    REGION: region,
    ENDPOINT: endpoint,
    ACCESS_KEY_ID: keys.accessKeyId,
    SECRET_ACCESS_KEY: keys.secretAccessKey,
    FORCE_PATH_STYLE: 'true',
    LOCATION_CONSTRAINT: region === 'auto' ? '' : region,
  };
  return Object.fromEntries(
    Object.entries(settings).map(([setting, value]) => [`RCLONE_CONFIG_${name}_${setting}`, value]),
  );
}

describe('X5: the AWS SDK over HTTPS', () => {
  const script = `
    const { S3Client, ListBucketsCommand } = require('@aws-sdk/client-s3');
    new S3Client({ maxAttempts: 1 }).send(new ListBucketsCommand({})).then(
      ({ Owner }) => console.log(JSON.stringify({ owner: Owner.ID })),
      ({ code }) => console.log(JSON.stringify({ code })),
    );`;
  const listBuckets = async (trust: NodeJS.ProcessEnv): Promise<unknown> => {
    const { stdout: environment } = await sandbox.must('sandbox', 'env', '--json');
    const pointed = JSON.parse(environment) as Record<string, string>;
    const { stdout } = await runNode(['-e', script], {
      ...pointed,
      AWS_ENDPOINT_URL: pointed['SLUICE_AWS_HTTPS_ENDPOINT'],
      ...trust,
    });
    return JSON.parse(stdout);
  };

  test('works with what "sandbox env" says, once Node is told of the authority', async () => {
    expect(await listBuckets({ NODE_EXTRA_CA_CERTS: authority })).toEqual({ owner: expect.any(String) as string });
  });

  test('and not before', async () => {
    expect(await listBuckets({})).toEqual({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });
});

test('"sandbox env" says where the authority is, and only mentions the variables that would replace others', async () => {
  const { stdout } = await sandbox.must('sandbox', 'env');
  expect(stdout).toContain(`export SLUICE_SANDBOX_AUTHORITY='${authority}'\n`);
  expect(stdout).not.toMatch(/^export (AWS_CA_BUNDLE|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS)=/m);
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^# .*AWS_CA_BUNDLE/);
  expect(await readFile(authority, 'utf8')).toMatch(/^-----BEGIN CERTIFICATE-----/);
});
