import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { withWrittenGenerations, writeSandboxProject } from '../../toolchain/sandbox-project.ts';
import { setGenerations } from '../../toolchain/stack-file.ts';
import { withTemporaryDirectory } from './fixtures/temporary-directory.ts';

const project = `name: sluice
main: index.ts            # explicit
runtime: { name: nodejs, options: { packagemanager: npm, typescript: false } }
`;

const stackFile = `config:
  aws:region: eu-west-1
  aws:endpoints:
    - { iam: "http://127.0.0.1:4780", sts: "http://127.0.0.1:4780", s3: "http://127.0.0.1:4780" }
  cloudflare:baseUrl: http://127.0.0.1:4781/client/v4
  sluice:environment: sandbox
  sluice:endpoints:
    aws: { iam: "http://127.0.0.1:4780", sts: "http://127.0.0.1:4780", s3: "http://127.0.0.1:4780" }
    r2: { default: "http://127.0.0.1:4782", eu: "http://127.0.0.1:4783" }
    edge: { http: "http://127.0.0.1:4784" }
  sluice:migrations:
    - name: media
      operation: copy
      source: { provider: aws, bucket: media-prod, prefix: uploads/ }
      destination: { provider: r2, bucket: media, prefix: uploads/ }   # the "other" side
  sluice:domains:
    - hostname: files.example.test
      serviceTokens:
        - name: reader
`;

const statusAt = (port: number) => ({
  aws: { endpoint: `http://127.0.0.1:${port}`, httpsEndpoint: `https://127.0.0.1:${port + 8}` },
  cloudflare: { apiBaseUrl: `http://127.0.0.1:${port + 1}/client/v4` },
  r2: {
    endpoints: { default: `http://127.0.0.1:${port + 2}`, eu: `http://127.0.0.1:${port + 3}` },
    httpsEndpoints: { default: `https://127.0.0.1:${port + 10}`, eu: `https://127.0.0.1:${port + 11}` },
  },
  edge: { http: `http://127.0.0.1:${port + 4}` },
});

interface Written {
  encryptionsalt?: string;
  config: Record<string, unknown> & {
    'sluice:migrations': { name: string; source: Record<string, unknown>; destination: Record<string, unknown> }[];
  };
}

async function withCheckout(work: (checkout: Checkout) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (checkout) => {
    const directory = path.join(checkout, '.sandbox', 'project');
    const passphraseFile = path.join(checkout, '.sandbox', 'passphrase');
    const checkedIn = path.join(checkout, 'Pulumi.dev.yaml');
    const copy = path.join(directory, 'Pulumi.dev.yaml');
    await writeFile(path.join(checkout, 'Pulumi.yaml'), project);
    await writeFile(checkedIn, stackFile);
    await work({
      checkout,
      directory,
      passphraseFile,
      checkedIn,
      copy,
      write: (port = 9000, issuedOn = '2026-11-22') =>
        writeSandboxProject({
          checkout,
          stackDirectory: checkout,
          directory,
          stack: 'dev',
          status: statusAt(port),
          issuedOn,
          passphraseFile,
        }),
      read: async () => parse(await readFile(copy, 'utf8')) as Written,
    });
  });
}

interface Checkout {
  readonly checkout: string;
  readonly directory: string;
  readonly passphraseFile: string;
  readonly checkedIn: string;
  readonly copy: string;
  readonly write: (port?: number, issuedOn?: string) => Promise<void>;
  readonly read: () => Promise<Written>;
}

test('X5: the sandbox project runs the checkout with the stand-ins and leaves its files untouched', () =>
  withCheckout(async ({ checkout, directory, checkedIn, write }) => {
    await write();
    const text = await readFile(path.join(directory, 'Pulumi.yaml'), 'utf8');
    expect(parse(text)).toEqual({
      name: 'sluice',
      main: '../../index.ts',
      runtime: { name: 'nodejs', options: { packagemanager: 'npm', typescript: false } },
      plugins: {
        providers: [
          { name: 'aws', path: '../../sandbox/stand-ins/aws' },
          { name: 'cloudflare', path: '../../sandbox/stand-ins/cloudflare' },
        ],
      },
    });
    expect(text).toContain('# explicit');
    expect(await readFile(checkedIn, 'utf8')).toBe(stackFile);
    expect(await readFile(path.join(checkout, 'Pulumi.yaml'), 'utf8')).toBe(project);
  }));

test('the copy has the ports of the running sandbox, in the providers and in sluice alike, and the comments', () =>
  withCheckout(async ({ copy, write, read }) => {
    await write(9000);
    await write(7000);
    const { config } = await read();
    const aws = { iam: 'http://127.0.0.1:7000', sts: 'http://127.0.0.1:7000', s3: 'http://127.0.0.1:7000' };
    expect(config['aws:endpoints']).toEqual([aws]);
    expect(config['cloudflare:baseUrl']).toBe('http://127.0.0.1:7001/client/v4');
    expect(config['sluice:endpoints']).toEqual({
      aws,
      r2: { default: 'http://127.0.0.1:7002', eu: 'http://127.0.0.1:7003' },
      edge: { http: 'http://127.0.0.1:7004' },
    });
    expect(await readFile(copy, 'utf8')).toContain('# the "other" side');
  }));

test('an address that the checked-in file has over HTTPS is so in the copy, for sluice alone', () =>
  withCheckout(async ({ checkedIn, write, read }) => {
    const secured = stackFile.replace(/^( {4}aws: \{.* s3: ")http:/m, '$1https:').replace('eu: "http:', 'eu: "https:');
    await writeFile(checkedIn, secured);
    await write(7000);
    const { config } = await read();
    const http = 'http://127.0.0.1:7000';
    expect(config['aws:endpoints']).toEqual([{ iam: http, sts: http, s3: http }]);
    expect(config['sluice:endpoints']).toMatchObject({
      aws: { iam: http, sts: http, s3: 'https://127.0.0.1:7008' },
      r2: { default: 'http://127.0.0.1:7002', eu: 'https://127.0.0.1:7011' },
    });
  }));

test('the encryption salt that Pulumi wrote survives', () =>
  withCheckout(async ({ copy, write, read }) => {
    await write();
    await writeFile(copy, `encryptionsalt: v1:abc=:v1:def\n${await readFile(copy, 'utf8')}`);
    await write();
    expect((await read()).encryptionsalt).toBe('v1:abc=:v1:def');
  }));

test('credentials get the date of the first run, in quotes, and keep it', () =>
  withCheckout(async ({ copy, write, read }) => {
    await write(9000, '2026-11-22');
    await write(9000, '2026-12-24');
    const credential = { current: { generation: 1, issuedOn: '2026-11-22' } };
    const { config } = await read();
    expect(config['sluice:migrations'][0]?.source['credential']).toEqual(credential);
    expect(config['sluice:migrations'][0]?.destination['credential']).toEqual(credential);
    expect(config['sluice:domains']).toEqual([
      { hostname: 'files.example.test', serviceTokens: [{ name: 'reader', credential }] },
    ]);
    expect((await readFile(copy, 'utf8')).match(/issuedOn: "2026-11-22"/g)).toHaveLength(3);
  }));

describe('R8: generations that a rotation wrote into the copy', () => {
  const rotated = {
    current: { generation: 2, issuedOn: '2026-12-01' },
    previous: { generation: 1, issuedOn: '2026-11-22', state: 'enabled' as const },
  };
  const rotate = async (copy: string) =>
    writeFile(copy, setGenerations(await readFile(copy, 'utf8'), 'migrations[0].source.credential', rotated));

  test('survive the next run', () =>
    withCheckout(async ({ copy, write, read }) => {
      await write();
      await rotate(copy);
      await write();
      expect((await read()).config['sluice:migrations'][0]?.source['credential']).toEqual(rotated);
    }));

  test('follow their migration when the checked-in file puts another before it', () =>
    withCheckout(async ({ checkedIn, copy, write, read }) => {
      await write();
      await rotate(copy);
      const first =
        '    - { name: first, operation: copy, source: { provider: file, path: ./a }, destination: { provider: aws, bucket: b, prefix: "" } }\n';
      await writeFile(checkedIn, stackFile.replace('  sluice:migrations:\n', `  sluice:migrations:\n${first}`));
      await write();
      const migrations = (await read()).config['sluice:migrations'];
      expect(migrations.map(({ name }) => name)).toEqual(['first', 'media']);
      expect(migrations[0]?.source['credential']).toBeUndefined();
      expect(migrations[1]?.source['credential']).toEqual(rotated);
    }));

  test('give way to a later generation in the checked-in file', () =>
    withCheckout(async ({ checkedIn, copy, write, read }) => {
      await write();
      await rotate(copy);
      const later = { current: { generation: 3, issuedOn: '2027-01-01' } };
      await writeFile(checkedIn, setGenerations(stackFile, 'migrations[0].source.credential', later));
      await write();
      expect((await read()).config['sluice:migrations'][0]?.source['credential']).toEqual(later);
    }));

  test('stand in what the checked-in file declares by now, before anything is deployed', () =>
    withCheckout(async ({ copy, write }) => {
      await write();
      await rotate(copy);
      const edited = stackFile.replace('media-prod', 'media-next');
      const next = parse(withWrittenGenerations(edited, await readFile(copy, 'utf8'), 'dev')) as Written;
      const source = next.config['sluice:migrations'][0]?.source;
      expect(source).toMatchObject({ bucket: 'media-next', credential: rotated });
      expect(next.encryptionsalt).toBeUndefined();
    }));
});

describe('the checked-in file is the source of everything else', () => {
  test('a bucket that was changed there is changed in the copy, and a migration that is gone there is gone', () =>
    withCheckout(async ({ checkedIn, write, read }) => {
      await write();
      await writeFile(checkedIn, stackFile.replace('media-prod', 'media-next').replace(/ {2}sluice:domains[^]*/, ''));
      await write();
      const { config } = await read();
      expect(config['sluice:migrations'][0]?.source['bucket']).toBe('media-next');
      expect(config['sluice:domains']).toBeUndefined();
    }));

  test('a stack that has no file is a user error', () =>
    withCheckout(async ({ checkedIn, write }) => {
      await rm(checkedIn);
      await expect(write()).rejects.toThrow(/Pulumi\.dev\.yaml: there is no such file/);
    }));
});

describe('the passphrase', () => {
  test('is made once, long, and readable by its owner only', () =>
    withCheckout(async ({ passphraseFile, write }) => {
      await write();
      const passphrase = await readFile(passphraseFile, 'utf8');
      expect(passphrase.length).toBeGreaterThan(40);
      expect((await stat(passphraseFile)).mode & 0o777).toBe(0o600);
      await write();
      expect(await readFile(passphraseFile, 'utf8')).toBe(passphrase);
    }));

  test('that is gone while the stack needs it is a user error with the way out', () =>
    withCheckout(async ({ directory, copy, passphraseFile, write }) => {
      await mkdir(directory, { recursive: true });
      await writeFile(copy, `encryptionsalt: v1:abc\n${stackFile}`);
      await expect(write()).rejects.toThrow(/passphrase.*sandbox reset/s);
      await expect(stat(passphraseFile)).rejects.toThrow('ENOENT');
    }));
});
