import { randomBytes, X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { readIfPresent } from '../process-directory.ts';
import { authorityName, issueCertificate, makeAuthority, serverDays } from './certificates.ts';
import type { CertifiedKey } from './certificates.ts';

/** What a server needs to speak TLS as the sandbox. */
export interface Certificates {
  /** What clients have to trust. */
  readonly authorityFile: string;
  /** For the loopback addresses and `localhost`. */
  readonly server: CertifiedKey;
  /** A certificate for one hostname more. The authority cannot vouch for one outside its domains: clients refuse that. */
  readonly issueFor: (hostname: string) => Promise<CertifiedKey>;
}

export interface CertificatesOptions {
  /** Made where it is absent, for its owner only. */
  readonly directory: string;
  /** What names the authority may vouch for, each with everything below it. */
  readonly domains: readonly string[];
  readonly now: () => Date;
}

const serverNames = ['localhost', '127.0.0.1', '::1'];
const dayMs = 24 * 60 * 60 * 1000;
/** A sandbox may run for weeks. */
const serverDaysLeftMin = 30;

/**
 * Opens the sandbox's authority and its server certificate: those of an earlier start, unless they are about to expire, for
 * other domains, or torn by a crash; then new ones are made. What clients trust stays the same as long as it can.
 */
export async function openCertificates({ directory, domains, now }: CertificatesOptions): Promise<Certificates> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const authorityFiles = filesIn(directory, 'authority');
  const authority =
    (await readPair(
      authorityFiles,
      (certificate) => isOurs(certificate, domains) && lasts(certificate, serverDays, now()),
    )) ?? (await writePair(authorityFiles, await makeAuthority({ domains, now: now() })));
  const serverFiles = filesIn(directory, 'server');
  const issuer = new X509Certificate(authority.certificate);
  const server =
    (await readPair(
      serverFiles,
      (certificate) =>
        certificate.verify(issuer.publicKey) && names(certificate) && lasts(certificate, serverDaysLeftMin, now()),
    )) ?? (await writePair(serverFiles, await issueCertificate(authority, { names: serverNames, now: now() })));
  return {
    authorityFile: authorityFiles.certificate,
    server,
    issueFor: (hostname) => issueCertificate(authority, { names: [hostname], now: now() }),
  };
}

interface PairFiles {
  readonly certificate: string;
  readonly privateKey: string;
}

function filesIn(directory: string, name: string): PairFiles {
  return { certificate: join(directory, `${name}.pem`), privateKey: join(directory, `${name}-key.pem`) };
}

/** Undefined where a file is missing or torn, the two do not belong together, or the certificate is not `usable`. */
async function readPair(
  files: PairFiles,
  usable: (certificate: X509Certificate) => boolean,
): Promise<CertifiedKey | undefined> {
  const [certificate, privateKey] = await Promise.all([
    readIfPresent(files.certificate),
    readIfPresent(files.privateKey),
  ]);
  if (certificate === undefined || privateKey === undefined) return undefined;
  try {
    const parsed = new X509Certificate(certificate);
    return parsed.checkPrivateKey(createPrivateKey(privateKey)) && usable(parsed)
      ? { certificate, privateKey }
      : undefined;
  } catch {
    return undefined;
  }
}

/** The certificate last: one that is there has its key beside it. */
async function writePair(files: PairFiles, pair: CertifiedKey): Promise<CertifiedKey> {
  await writeWhole(files.privateKey, pair.privateKey);
  await writeWhole(files.certificate, pair.certificate);
  return pair;
}

async function writeWhole(file: string, content: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  await writeFile(temporary, content, { mode: 0o600, flag: 'wx' });
  await rename(temporary, file);
}

function isOurs({ ca, subject }: X509Certificate, domains: readonly string[]): boolean {
  return ca && subject === `CN=${authorityName(domains)}`;
}

function names(certificate: X509Certificate): boolean {
  return serverNames.every((name) =>
    isIP(name) === 0 ? certificate.checkHost(name) !== undefined : certificate.checkIP(name) !== undefined,
  );
}

function lasts({ validToDate }: X509Certificate, days: number, now: Date): boolean {
  return validToDate.getTime() - now.getTime() >= days * dayMs;
}
