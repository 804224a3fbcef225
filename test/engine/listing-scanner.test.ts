import * as fc from 'fast-check';
import { scanListing } from '../../engine/listing-scanner.ts';
import { parseListing, type ListingPage } from '../../engine/s3-xml.ts';

const row = `<Contents><Key>a+b%2B</Key><LastModified>2026-11-01T10:00:00.000Z</LastModified><ETag>&quot;0a&quot;</ETag><Size>7</Size><StorageClass>STANDARD</StorageClass></Contents>`;

/** Pages in the forms of S3, R2, B2, Ceph and MinIO: their own order of elements, quotes, owners and blanks. */
const recorded: Readonly<Record<string, string>> = {
  s3: `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>up/</Prefix><NextContinuationToken>1bUm/9+x==</NextContinuationToken><KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><Contents><Key>up/a%20b</Key><LastModified>2026-10-31T23:59:59.000Z</LastModified><ETag>&quot;d41d8cd98f00b204e9800998ecf8427e-2&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>5497558138880</Size><StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>`,
  r2: `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><EncodingType>url</EncodingType><Contents><Key>a</Key><Size>7</Size><LastModified>2026-11-01T10:00:00.123Z</LastModified><ETag>&quot;0a&quot;</ETag><StorageClass>STANDARD</StorageClass></Contents><IsTruncated>false</IsTruncated><MaxKeys>1000</MaxKeys><KeyCount>1</KeyCount></ListBucketResult>`,
  b2: `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\n  <Name>b</Name>\n  <Prefix/>\n  <EncodingType>url</EncodingType>\n  <IsTruncated>false</IsTruncated>\n  <Contents>\n    <Key>a</Key>\n    <LastModified>2024-02-29T00:00:00.000Z</LastModified>\n    <ETag>"0a"</ETag>\n    <Size>0</Size>\n    <Owner>\n      <ID>1</ID>\n      <DisplayName/>\n    </Owner>\n    <StorageClass>STANDARD</StorageClass>\n  </Contents>\n</ListBucketResult>\n`,
  ceph: `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><KeyCount>1</KeyCount><Contents><Key>a</Key><LastModified>2026-11-01T10:00:00.000Z</LastModified><ETag>&#34;0a&#34;</ETag><Size>7</Size><StorageClass>STANDARD</StorageClass><RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus></Contents></ListBucketResult>`,
  plain: `<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a+b%41</Key><LastModified>2026-11-01T10:00:00Z</LastModified><ETag>0a</ETag><Size>7</Size></Contents></ListBucketResult>`,
};

function page(rows: string, head = '<IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>'): string {
  return `<?xml version="1.0"?>\n<ListBucketResult xmlns="x">${head}${rows}</ListBucketResult>`;
}

function scan(xml: string): ListingPage | undefined {
  return scanListing(Buffer.from(xml));
}

describe('the scanner reads as the parser does', () => {
  test.each(Object.keys(recorded))('a page of %s', (provider) => {
    const xml = recorded[provider] ?? '';
    expect(scan(xml)).toEqual(parseListing(xml));
  });

  test('any keys, sizes, tags and dates', () => {
    const anyRow = fc.record({
      key: fc.string({
        unit: fc.constantFrom('a', '/', '+', ' ', '%', 'é', '😀', '&', '<', '\u0001', '"'),
        minLength: 1,
      }),
      size: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      tag: fc.stringMatching(/^[0-9a-f]{32}(-[0-9]{1,4})?$/),
      date: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
    });
    fc.assert(
      fc.property(fc.array(anyRow), (rows) => {
        const xml = page(
          rows
            .map(
              ({ key, size, tag, date }) =>
                `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>${date.toISOString()}</LastModified><ETag>&quot;${tag}&quot;</ETag><Size>${size}</Size></Contents>`,
            )
            .join(''),
        );
        expect(scan(xml)).toEqual(parseListing(xml));
        expect(scan(xml)?.objects.map(({ key }) => key)).toEqual(rows.map(({ key }) => key));
      }),
    );
  });

  test('or leaves it to the parser, whatever is cut, doubled, changed or put in between', () => {
    const pieces = [
      ...Object.values(recorded).flatMap((xml) => xml.match(/<[^>]*>|[^<]+/g) ?? []),
      row,
      '<!--x-->',
      '&amp;',
      '\u00e9',
      '<a b="c"/>',
      '<Key>',
      '%FF',
    ];
    const anyChange = fc.record({
      xml: fc.constantFrom(...Object.values(recorded), page(row + row)),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      take: fc.nat({ max: 40 }),
      put: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })),
    });
    let read = 0;
    fc.assert(
      fc.property(anyChange, ({ xml, at, take, put }) => {
        const cut = Math.floor(at * xml.length);
        const changed = xml.slice(0, cut) + put + xml.slice(cut + take);
        const scanned = scan(changed);
        if (scanned === undefined) return;
        read += 1;
        expect(scanned).toEqual(parseListing(changed));
      }),
      { numRuns: 5000 },
    );
    expect(read).toBeGreaterThan(50);
  });
});

describe('the scanner leaves to the parser', () => {
  test.each([
    ['a key with an entity', page(row.replace('a+b', 'a&amp;b'))],
    ['a key beyond ASCII', page(row.replace('a+b', 'é'))],
    ['a key that is not UTF-8', page(row.replace('a+b', '%FF'))],
    ['an object without a size', page(row.replace('<Size>7</Size>', ''))],
    ['an object with two sizes', page(row.replace('<Size>7</Size>', '<Size>7</Size><Size>8</Size>'))],
    ['an object with an empty key', page(row.replace('a+b%2B', ''))],
    ['a common prefix', page('<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>')],
    ['a comment', page(`<!-- ${row} -->`)],
    ['CDATA', page(row.replace('a+b%2B', '<![CDATA[a]]>'))],
    ['a date that no calendar has', page(row.replace('2026-11-01', '2026-11-41'))],
    ['a size beyond what a number holds', page(row.replace('>7<', '>99999999999999999999<'))],
    [
      'an encoding told after the keys',
      page(`${row}<EncodingType>url</EncodingType>`, '<IsTruncated>false</IsTruncated>'),
    ],
    ['more that follows from nowhere', page(row, '<IsTruncated>true</IsTruncated>')],
    ['a page that is cut off', page(row).slice(0, -5)],
    ['a page with something after it', `${page(row)}x`],
    ['an error document', '<Error><Code>InternalError</Code></Error>'],
    ['nothing', ''],
  ])('%s', (_, xml) => {
    expect(scan(xml)).toBeUndefined();
  });
});
