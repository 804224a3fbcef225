/** What an authority may vouch for. */
export interface PermittedNames {
  /** Each with everything below it. */
  readonly domains: readonly string[];
  /** Addresses and masks of the same length, in bytes. */
  readonly addressRanges: readonly { readonly address: readonly number[]; readonly mask: readonly number[] }[];
}

/** `id-ce-nameConstraints`. */
export const nameConstraintsType = '2.5.29.30';

/** Tags of RFC 5280, appendix A: the choices of GeneralName are implicit, so that only their numbers differ. */
const tags = { sequence: 0x30, permittedSubtrees: 0xa0, dnsName: 0x82, ipAddress: 0x87 } as const;

/**
 * The extension that limits a certificate authority to `permitted`, as DER (RFC 5280, 4.2.1.10): whoever trusts the
 * authority trusts it for these names alone.
 */
export function nameConstraints({ domains, addressRanges }: PermittedNames): Buffer {
  const subtrees = [
    ...domains.map((domain) => encode(tags.dnsName, Buffer.from(domain, 'ascii'))),
    ...addressRanges.map(({ address, mask }) => encode(tags.ipAddress, Buffer.from([...address, ...mask]))),
  ].map((base) => encode(tags.sequence, base));
  return encode(tags.sequence, encode(tags.permittedSubtrees, ...subtrees));
}

/** Tag, length and content; a length from 128 on says first in how many bytes it is written (X.690, 8.1.3). */
function encode(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([Buffer.from([tag, 0x84]), length, content]);
}
