/**
 * A server of the S3 protocol that does as little as it can, so that it is not what limits a measurement: it checks no signature, every
 * object has one body, nothing that is written is kept. The bucket `full` lists `keys` keys and every other bucket none.
 * Started by `startFastServer` with its options as JSON; prints its port; `GET /-/usage` answers with its CPU time.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { keySpace } from './key-space.ts';

const optionsSchema = z.object({ keys: z.number().int(), bodyBytes: z.number().int(), isDeep: z.boolean() });

const { keys, bodyBytes, isDeep } = optionsSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
const space = keySpace({ count: keys, isDeep });
const body = Buffer.alloc(bodyBytes, 'sluice ');
const entityTag = createHash('md5').update(body).digest('hex');
const modified = 'Mon, 02 Nov 2026 10:00:00 GMT';
const pageKeysMax = 1000;
let requests = 0;

const objectHeaders = {
  'content-length': body.length,
  'content-type': 'application/octet-stream',
  etag: `"${entityTag}"`,
  'last-modified': modified,
};

const server = createServer((request, response) => {
  requests += 1;
  const { method, url = '/' } = request;
  const queryAt = url.indexOf('?');
  if (method === 'PUT') receive(request, response);
  else if (url === '/-/usage') response.end(JSON.stringify({ ...process.cpuUsage(), requests }));
  else if (queryAt >= 0 && url.includes('prefix=')) list(url, response);
  else if (!url.endsWith('.bin')) response.writeHead(404).end();
  else if (method === 'HEAD') response.writeHead(200, objectHeaders).end();
  else if (method === 'GET') response.writeHead(200, objectHeaders).end(body);
  else response.writeHead(501).end();
});

function receive(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  request.on('end', () => response.writeHead(200, { etag: `"${entityTag}"`, 'content-length': 0 }).end());
}

function list(url: string, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://server');
  const prefix = searchParams.get('prefix') ?? '';
  const after = searchParams.get('continuation-token') ?? searchParams.get('start-after') ?? '';
  const limit = Math.min(Number(searchParams.get('max-keys') ?? pageKeysMax), pageKeysMax);
  const isFull = pathname.startsWith('/full');
  const first = !isFull ? keys : space.firstAfter(after < prefix ? '' : after.slice(prefix.length));
  const end = Math.min(first + limit, keys);
  let rows = '';
  for (let index = first; index < end; index += 1) {
    rows += `<Contents><Key>${prefix}${space.keyAt(index)}</Key><LastModified>2026-11-02T10:00:00.000Z</LastModified><ETag>&quot;${entityTag}&quot;</ETag><Size>${bodyBytes}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  }
  const isTruncated = end < keys;
  const token = isTruncated ? `<NextContinuationToken>${prefix}${space.keyAt(end - 1)}</NextContinuationToken>` : '';
  const answer = `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>full</Name><Prefix>${prefix}</Prefix><KeyCount>${end - first}</KeyCount><MaxKeys>${limit}</MaxKeys><EncodingType>url</EncodingType><IsTruncated>${isTruncated}</IsTruncated>${token}${rows}</ListBucketResult>`;
  response.writeHead(200, { 'content-type': 'application/xml', 'content-length': answer.length }).end(answer);
}

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
// Whoever started it holds the other end of its input.
process.stdin.on('end', () => process.exit(0)).resume();
