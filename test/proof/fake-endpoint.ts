import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * An S3 endpoint with rights by key id and the power to answer oddly. It holds real objects and uploads, so that what a
 * prober leaves behind can be counted; it checks no signatures.
 */
export interface FakeEndpoint {
  readonly url: string;
  /** Everything held: `bucket/key`, `bucket/key?upload`, and buckets as `bucket/`. */
  held(): string[];
  readonly requests: readonly FakeRequest[];
  close(): Promise<void>;
}

export interface FakeRequest {
  readonly keyId: string;
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
  /** What a listing is limited to. */
  readonly prefix: string | undefined;
  /** How often this operation was asked before, by the same key in the same bucket. */
  readonly earlier: number;
}

export type OddAnswer = { readonly status: number; readonly code: string } | 'hang up';

export const accessDenied = { status: 403, code: 'AccessDenied' } as const;

/** `rule` decides each request; `undefined` lets it through. */
export async function fakeEndpoint(
  holding: readonly string[],
  rule: (request: FakeRequest) => OddAnswer | undefined,
): Promise<FakeEndpoint> {
  const store = new Set(holding);
  const requests: FakeRequest[] = [];
  const server: Server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://fake');
    const [, bucket = '', ...rest] = decodeURIComponent(url.pathname).split('/');
    const key = rest.join('/');
    const called = operationOf(incoming.method ?? '', bucket, key, url.searchParams);
    // A write that carries tags needs the right to tag beside the right to write.
    const operation = 'x-amz-tagging' in incoming.headers ? `${called} with tags` : called;
    const keyId = /Credential=([^/]+)\//.exec(incoming.headers.authorization ?? '')?.[1] ?? 'anonymous';
    const earlier = requests.filter(
      (each) => each.keyId === keyId && each.operation === operation && each.bucket === bucket,
    ).length;
    const prefix = url.searchParams.get('prefix') ?? undefined;
    const request = { keyId, operation, bucket, key, prefix, earlier };
    requests.push(request);
    incoming.resume().on('end', () => {
      const answer = rule(request) ?? perform(store, request);
      if (answer === 'hang up') return response.destroy();
      response.writeHead(answer.status, { 'content-type': 'application/xml' });
      if ('xml' in answer) return response.end(answer.xml);
      return response.end('code' in answer ? `<Error><Code>${answer.code}</Code><Message/></Error>` : undefined);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held: () => [...store].sort(),
    requests,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

function operationOf(method: string, bucket: string, key: string, query: URLSearchParams): string {
  if (bucket === '') return 'ListBuckets';
  if (key !== '') {
    if (method === 'POST') return 'CreateMultipartUpload';
    if (query.has('acl')) return 'PutObjectAcl';
    if (query.has('tagging')) return 'GetObjectTagging';
    if (query.has('uploadId')) return 'AbortMultipartUpload';
    return { GET: 'GetObject', PUT: 'PutObject', DELETE: 'DeleteObject' }[method] ?? method;
  }
  for (const [parameter, operation] of [
    ['list-type', 'ListObjectsV2'],
    ['uploads', 'ListMultipartUploads'],
    ['versions', 'ListObjectVersions'],
    ['policy', 'GetBucketPolicy'],
    ['cors', 'GetBucketCors'],
  ] as const) {
    if (query.has(parameter)) return operation;
  }
  return method === 'DELETE' ? 'DeleteBucket' : 'CreateBucket';
}

function perform(
  store: Set<string>,
  { operation, bucket, key }: FakeRequest,
): { status: number; code?: string; xml?: string } {
  const name = `${bucket}/${key}`;
  if (operation !== 'CreateBucket' && operation !== 'ListBuckets' && !store.has(`${bucket}/`)) {
    return { status: 404, code: 'NoSuchBucket' };
  }
  switch (operation) {
    case 'CreateBucket':
    case 'PutObject':
    case 'PutObject with tags':
      store.add(name);
      return { status: 200 };
    case 'DeleteBucket':
    case 'DeleteObject':
      store.delete(name);
      return { status: 204 };
    case 'GetObject':
    case 'GetObjectTagging':
    case 'PutObjectAcl':
      return store.has(name) ? { status: 200 } : { status: 404, code: 'NoSuchKey' };
    case 'CreateMultipartUpload':
      store.add(`${name}?upload`);
      return {
        status: 200,
        xml: '<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>',
      };
    case 'AbortMultipartUpload':
      return store.delete(`${name}?upload`) ? { status: 204 } : { status: 404, code: 'NoSuchUpload' };
    case 'GetBucketPolicy':
      return { status: 404, code: 'NoSuchBucketPolicy' };
    default:
      return { status: 200, xml: '<ok/>' };
  }
}
