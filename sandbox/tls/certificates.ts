import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { certificatePackage } from './certificate-package.ts';
import { nameConstraints, nameConstraintsType } from './name-constraints.ts';

/** A certificate and its private key, as PEM. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly privateKey: string;
}

const dayMs = 24 * 60 * 60 * 1000;
/** People trust it by hand, so that it seldom changes. */
const authorityDays = 3650;
/** Some clients refuse server certificates that are valid longer (Apple, "About upcoming limits on trusted certificates"). */
export const serverDays = 397;
/** A client's clock may be behind. */
const backdatedDays = 1;

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signature = { ...curve, hash: 'SHA-256' } as const;

/** Loopback, in both address families. */
const addressRanges = [
  { address: [127, 0, 0, 0], mask: [255, 0, 0, 0] },
  { address: [...Array<number>(15).fill(0), 1], mask: Array<number>(16).fill(255) },
];

/** The subject of an authority for `domains`, which tells an older one for others apart. */
export function authorityName(domains: readonly string[]): string {
  return `sluice sandbox authority for ${domains.join(' and ')}`;
}

/**
 * Makes a certificate authority that can vouch for `domains`, what lies below them and loopback addresses, and nothing else:
 * whoever trusts it does not let the sandbox pose as anybody.
 */
export async function makeAuthority({
  domains,
  now,
}: {
  readonly domains: readonly string[];
  readonly now: Date;
}): Promise<CertifiedKey> {
  const x509 = await certificatePackage();
  const { privateKey, publicKey } = newKey();
  const keyDer = derOf(publicKey);
  const name = [{ CN: [authorityName(domains)] }];
  const certificate = await x509.X509CertificateGenerator.create({
    subject: name,
    issuer: name,
    ...validity(now, authorityDays),
    signingAlgorithm: signature,
    publicKey: keyDer,
    signingKey: signingKey(privateKey),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keyDer),
      new x509.Extension(nameConstraintsType, true, nameConstraints({ domains, addressRanges })),
    ],
  });
  return { certificate: certificate.toString('pem'), privateKey: pemOf(privateKey) };
}

/** Makes a server's certificate for `names` (hostnames and addresses), with a key of its own, signed by `authority`. */
export async function issueCertificate(
  authority: CertifiedKey,
  { names, now }: { readonly names: readonly string[]; readonly now: Date },
): Promise<CertifiedKey> {
  const x509 = await certificatePackage();
  const { privateKey, publicKey } = newKey();
  const keyDer = derOf(publicKey);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: ['sluice sandbox'] }],
    issuer: new x509.X509Certificate(authority.certificate).subject,
    ...validity(now, serverDays),
    signingAlgorithm: signature,
    publicKey: keyDer,
    signingKey: signingKey(createPrivateKey(authority.privateKey)),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keyDer),
      await x509.AuthorityKeyIdentifierExtension.create(derOf(createPublicKey(authority.certificate))),
    ],
  });
  return { certificate: certificate.toString('pem'), privateKey: pemOf(privateKey) };
}

function newKey(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: curve.namedCurve });
}

function signingKey(privateKey: KeyObject) {
  return privateKey.toCryptoKey(curve, false, ['sign']);
}

function derOf(publicKey: KeyObject): Buffer<ArrayBuffer> {
  return Buffer.from(publicKey.export({ type: 'spki', format: 'der' }));
}

function pemOf(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function validity(now: Date, days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const time = now.getTime();
  return { notBefore: new Date(time - backdatedDays * dayMs), notAfter: new Date(time + days * dayMs) };
}
