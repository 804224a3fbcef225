import type { Chance } from './chance.ts';

export interface DocumentCall {
  readonly method: string;
  readonly target: string;
  readonly body: string | Buffer;
}

/** Calls that take a document, and one that they would take. */
function documentsOf(bucket: string, uploadId: string): readonly (readonly [string, string, string])[] {
  const rule =
    '<Rule><ID>a</ID><Status>Enabled</Status><Filter></Filter><Expiration><Days>1</Days></Expiration></Rule>';
  return [
    [
      'PUT',
      `/${bucket}-new`,
      '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>',
    ],
    ['POST', `/${bucket}?delete`, '<Delete><Object><Key>kept-object</Key></Object></Delete>'],
    [
      'POST',
      `/${bucket}/upload?uploadId=${uploadId}`,
      '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"0"</ETag></Part></CompleteMultipartUpload>',
    ],
    ['PUT', `/${bucket}?versioning`, '<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>'],
    ['PUT', `/${bucket}?tagging`, '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>'],
    [
      'PUT',
      `/${bucket}/kept-object?tagging`,
      '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>',
    ],
    [
      'PUT',
      `/${bucket}?publicAccessBlock`,
      '<PublicAccessBlockConfiguration><BlockPublicAcls>false</BlockPublicAcls></PublicAccessBlockConfiguration>',
    ],
    [
      'PUT',
      `/${bucket}?ownershipControls`,
      '<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>',
    ],
    [
      'PUT',
      `/${bucket}?cors`,
      '<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>',
    ],
    ['PUT', `/${bucket}?lifecycle`, `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`],
  ];
}

const bomb = `<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>`;
const thief = '<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]>';

/** Ways to spoil a document so that it is never well-formed, or never the one that was asked for. */
const spoilings: readonly ((document: string, chance: Chance) => string | Buffer)[] = [
  (document, chance) => document.slice(0, 1 + chance.below(document.length - 1)),
  (document, chance) => document + chance.pick(['<', '</x>', '<x>', document, '<![CDATA[']),
  (document) => bomb + document,
  (document) => thief + document.replace(/>[^<]+</, '>&file;<'),
  (document) => document.replace(/>[^<]+</, '>&nothing;<'),
  (document) => document.replace(/>[^<]+</, '>&#xD800;<'),
  (document) => document.replace(/>[^<]+</, '>&#1114112;<'),
  (document) => document.replace('<', '<Other'),
  (document) => `<Other>${document}</Other>`,
  (document, chance) => '<a>'.repeat(1 + chance.below(2_000)) + document,
  (document, chance) => {
    const depth = 1 + chance.below(2_000);
    return `${'<a>'.repeat(depth)}${document}${'</a>'.repeat(depth)}`;
  },
  (document, chance) =>
    Buffer.concat([Buffer.from('<'), Buffer.from([0xff, 0xfe]), Buffer.from(document), chance.bytes(20)]),
  (_document, chance) => Buffer.concat([Buffer.from('{'), chance.bytes(60)]),
  () => '{"Delete":{"Object":[{"Key":"kept-object"}]}}',
  () => ' ',
  (document) => `${document.slice(0, -1)}${' '.repeat(3 * 1024 * 1024)}`,
];

/** A call with a spoilt document. Pure but for `chance`. */
export function malformedXml(chance: Chance, bucket: string, uploadId: string, isR2: boolean): DocumentCall {
  const [method, target, document] = chance.pick(documentsOf(bucket, uploadId));
  // A document of megabytes is tried seldom: sending it is what takes time.
  const some = chance.below(20) === 0 ? spoilings : spoilings.slice(0, -1);
  const body = chance.pick(some)(document, chance);
  return { method, target: isR2 ? target.replace('?ownershipControls', '?cors') : target, body };
}
