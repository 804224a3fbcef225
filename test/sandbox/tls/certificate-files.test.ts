import { once } from 'node:events';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { openCertificates } from '../../../sandbox/tls/certificate-files.ts';
import type { CertifiedKey } from '../../../sandbox/tls/certificates.ts';

const dayMs = 24 * 60 * 60 * 1000;
const domains = ['localhost', 'example.test'];
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = (daysLater = 0, more = domains) =>
  openCertificates({ directory, domains: more, now: () => new Date(Date.now() + daysLater * dayMs) });
const authority = () => readFile(join(directory, 'authority.pem'), 'utf8');

/** What a client that trusts `ca` thinks of a server with `pair`: undefined where it is content. */
async function objection({ certificate, privateKey }: CertifiedKey, ca: string, servername: string) {
  const server = createServer({ cert: certificate, key: privateKey }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', servername, ca });
    const error = await once(socket, 'secureConnect').then(
      () => undefined,
      (reason: unknown) => String(reason),
    );
    socket.destroy();
    return error;
  } finally {
    server.close();
  }
}

describe("the sandbox's authority", () => {
  test('is made at the first start, for its owner only, and kept', async () => {
    const first = await open();
    const made = await authority();
    expect(first.authorityFile).toBe(join(directory, 'authority.pem'));
    expect(await open(1)).toMatchObject({ server: first.server });
    expect(await authority()).toBe(made);
    for (const name of await readdir(directory)) {
      expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    }
  });

  test('vouches for loopback, and for hostnames of its domains when one is asked for', async () => {
    const { server, issueFor } = await open();
    const ca = await authority();
    expect(await objection(server, ca, 'localhost')).toBeUndefined();
    const [byAddress] = new X509Certificate(server.certificate).checkIP('127.0.0.1') ?? '';
    expect(byAddress).toBeDefined();
    for (const hostname of ['media-prod.localhost', 'a.b.example.test']) {
      expect(await objection(await issueFor(hostname), ca, hostname)).toBeUndefined();
    }
  });

  test('cannot vouch for any other hostname: whoever trusts it trusts it for the sandbox alone', async () => {
    const { issueFor } = await open();
    const ca = await authority();
    for (const hostname of ['example.com', 'notexample.test', 'test', 's3.eu-west-1.amazonaws.com', '10.0.0.1']) {
      expect(await objection(await issueFor(hostname), ca, 'localhost')).toContain('permitted subtree violation');
    }
  });
});

describe('a server certificate', () => {
  test('is renewed by the same authority when it is about to expire', async () => {
    const { server } = await open();
    const ca = await authority();
    expect((await open(366)).server).toEqual(server);
    const renewed = await open(368);
    expect(renewed.server.certificate).not.toBe(server.certificate);
    expect(await authority()).toBe(ca);
    expect((await open(368)).server).toEqual(renewed.server);
  });

  test('is made anew where a file is torn or gone, or belongs to another key', async () => {
    await open();
    const ca = await authority();
    const [key, certificate] = [join(directory, 'server-key.pem'), join(directory, 'server.pem')];
    const breakages = [
      () => writeFile(certificate, '-----BEGIN CERTIFICATE-----\n'),
      () => rm(certificate),
      () => rm(key),
      async () => writeFile(key, await readFile(join(directory, 'authority-key.pem'))),
    ];
    for (const damage of breakages) {
      await damage();
      expect(await objection((await open()).server, ca, 'localhost')).toBeUndefined();
    }
    expect(await authority()).toBe(ca);
  });

  test('outlives no authority: one that would end first is replaced, and so are its certificates', async () => {
    await open();
    const first = await authority();
    const later = await open(3650 - 396);
    const second = await authority();
    expect(second).not.toBe(first);
    const { publicKey } = new X509Certificate(second);
    expect(new X509Certificate(later.server.certificate).verify(publicKey)).toBe(true);
  });

  test('an authority for other domains is replaced', async () => {
    await open();
    const first = await authority();
    const { issueFor } = await open(0, [...domains, 'other.test']);
    expect(await authority()).not.toBe(first);
    expect(await objection(await issueFor('a.other.test'), await authority(), 'a.other.test')).toBeUndefined();
  });
});
