import {
  fitsXml,
  parseDeleteResult,
  parseError,
  parseListing,
  parseUploadCompleted,
  renderDelete,
} from '../../engine/s3-xml.ts';

const broken = /the answer to|the listing (says|holds)/;

function listing(rows: string, more = '<IsTruncated>false</IsTruncated>'): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><EncodingType>url</EncodingType>${more}${rows}</ListBucketResult>`;
}

function row(key: string): string {
  return `<Contents><Key>${key}</Key><LastModified>2026-11-01T10:00:00.000Z</LastModified><ETag>&quot;0123&quot;</ETag><Size>7</Size><StorageClass>STANDARD</StorageClass></Contents>`;
}

describe('a page of a listing', () => {
  test('gives each object its decoded key, size, unquoted entity tag and date', () => {
    expect(parseListing(listing(row('a+b%2B%0A%F0%9F%98%80')))).toEqual({
      objects: [{ key: 'a b+\n😀', sizeBytes: 7, entityTag: '0123', modifiedAt: new Date('2026-11-01T10:00:00Z') }],
    });
  });

  test('may be empty', () => {
    expect(parseListing(listing(''))).toEqual({ objects: [] });
  });

  test('of 1,000 objects is read whole', () => {
    const rows = Array.from({ length: 1000 }, (_, index) => row(`k${index}`)).join('');
    expect(parseListing(listing(rows)).objects).toHaveLength(1000);
  });

  test('keeps keys as they are where the provider ignored encoding-type', () => {
    const plain = listing(row('a+b %41 &amp; c')).replace('<EncodingType>url</EncodingType>', '');
    expect(parseListing(plain).objects.map(({ key }) => key)).toEqual(['a+b %41 & c']);
  });

  test('names where the next one begins', () => {
    const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>t=</NextContinuationToken>';
    expect(parseListing(listing(row('a'), more)).continuationToken).toBe('t=');
  });

  test.each([
    ['is cut off', listing(row('a')).slice(0, -30)],
    ['says that more follows, but not where', listing(row('a'), '<IsTruncated>true</IsTruncated>')],
    ['holds a key that is not UTF-8', listing(row('a%FF'))],
    ['holds a size that is no number', listing(row('a').replace('>7<', '>x<'))],
    ['is another document', '<html></html>'],
    ['is empty', ''],
  ])('is broken where it %s', (_, xml) => {
    expect(() => parseListing(xml)).toThrow(broken);
  });
});

describe('an error document', () => {
  test('gives code, message and the expected region', () => {
    const xml = `<?xml version="1.0"?><Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' is wrong</Message><Region>eu-west-1</Region></Error>`;
    expect(parseError(xml)).toEqual({
      code: 'AuthorizationHeaderMalformed',
      message: "the region 'us-east-1' is wrong",
      region: 'eu-west-1',
    });
  });

  test.each(['', '<html><body>Bad gateway', 'upstream connect error', '<Error/>'])('is not read out of %j', (text) => {
    expect(parseError(text)).toBeUndefined();
  });
});

describe('DeleteObjects', () => {
  test('escapes the marks of XML in keys', () => {
    expect(renderDelete([`<a & 'b' "c">`])).toContain('<Key>&lt;a &amp; &apos;b&apos; &quot;c&quot;&gt;</Key>');
  });

  test('answers with the keys that were not deleted', () => {
    const xml = `<DeleteResult xmlns="x"><Error><Key>a &amp; b </Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>`;
    expect(parseDeleteResult(xml)).toEqual([{ key: 'a & b ', code: 'AccessDenied', message: 'Access Denied' }]);
  });

  test('answers with nothing where all were deleted', () => {
    expect(parseDeleteResult('<?xml version="1.0"?><DeleteResult xmlns="x"></DeleteResult>')).toEqual([]);
    expect(parseDeleteResult('<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>')).toEqual([]);
    expect(parseDeleteResult('<DeleteResult/>')).toEqual([]);
  });

  test.each(['a\u0001', 'a\tb', 'a\r\nb', 'a\u007f', 'a\uffff'])('does not carry %j', (key) => {
    expect(fitsXml(key)).toBe(false);
  });

  test.each(['a b', 'é', '😀', `<&>"'`, '..'])('carries %j', (key) => {
    expect(fitsXml(key)).toBe(true);
  });
});

describe('CompleteMultipartUpload', () => {
  test('answers with the entity tag, whose quotes may be escaped', () => {
    const xml = '<CompleteMultipartUploadResult><ETag>&#34;abc-2&#34;</ETag></CompleteMultipartUploadResult>';
    expect(parseUploadCompleted(xml)).toBe('abc-2');
    expect(parseUploadCompleted(xml.replaceAll('&#34;', '&quot;'))).toBe('abc-2');
  });

  test('that answers 200 with an error is broken', () => {
    expect(() => parseUploadCompleted('<Error><Code>InternalError</Code></Error>')).toThrow(broken);
  });
});
