/**
 * A server of the S3 protocol that does as little as it can, so that it is not what limits a measurement: it checks no signature, every
 * object has one body, nothing that is written is kept. Buckets whose name begins with `full` list `keys` keys and all others none.
 * Started by `startFastServer` with its options as JSON; prints its port; `GET /-/usage` answers with its CPU time.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { startCrc64 } from '../engine/crc64.ts';
import { joinCrc64 } from '../engine/crc64-join.ts';
import { keySpace } from './key-space.ts';

const optionsSchema = z.object({
  keys: z.number().int(),
  bodyBytes: z.number().int(),
  isDeep: z.boolean(),
  /** Before each answer. */
  latencyMs: z.number(),
  /** Holds `server.pem` and `server-key.pem`: TLS. */
  tlsDirectory: z.string().optional(),
});

const { keys, bodyBytes, isDeep, latencyMs, tlsDirectory } = optionsSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
const space = keySpace({ count: keys, isDeep });
/** Bodies are made of it, however long they are. */
const block = Buffer.alloc(Math.min(bodyBytes, 1024 * 1024), 'sluice ');
const entityTag = tagOfBody();
const modified = 'Mon, 02 Nov 2026 10:00:00 GMT';
const pageKeysMax = 1000;
let requests = 0;

const objectHeaders = {
  'content-type': 'application/octet-stream',
  etag: `"${entityTag}"`,
  'last-modified': modified,
};

const security =
  tlsDirectory === undefined
    ? undefined
    : {
        cert: readFileSync(join(tlsDirectory, 'server.pem')),
        key: readFileSync(join(tlsDirectory, 'server-key.pem')),
      };
const listener = latencyMs === 0 ? answer : answerLate;
const server = security === undefined ? createServer(listener) : createSecureServer(security, listener);

function tagOfBody(): string {
  const hash = createHash('md5');
  for (let left = bodyBytes; left > 0; left -= block.length) hash.update(block.subarray(0, left));
  return hash.digest('hex');
}

function answerLate(request: IncomingMessage, response: ServerResponse): void {
  setTimeout(answer, latencyMs, request, response);
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  requests += 1;
  const { method, url = '/' } = request;
  const queryAt = url.indexOf('?');
  if (method === 'PUT') receive(request, response, url);
  else if (method === 'POST') upload(request, response, url);
  else if (url === '/-/usage') response.end(JSON.stringify({ ...process.cpuUsage(), requests }));
  else if (queryAt >= 0 && url.includes('prefix=')) list(url, response);
  else if (!url.includes('.bin')) response.writeHead(404).end();
  else if (method === 'HEAD') describe(request, response);
  else if (method === 'GET') send(request, response);
  else response.writeHead(501).end();
}

/** Who asks is told the CRC64NVME, which S3 keeps of every object that was written since 2025 without another checksum. */
function describe({ headers }: IncomingMessage, response: ServerResponse): void {
  const asked = headers['x-amz-checksum-mode'] === 'ENABLED';
  const checksum = asked
    ? { 'x-amz-checksum-crc64nvme': crc64OfBody(), 'x-amz-checksum-type': 'FULL_OBJECT' }
    : undefined;
  response.writeHead(200, { ...objectHeaders, ...checksum, 'content-length': bodyBytes }).end();
}

function crc64OfBody(): string {
  const sumOf = (piece: Buffer) => {
    const running = startCrc64();
    running.update(piece);
    return { crc64: running.value(), sizeBytes: piece.length };
  };
  const whole = sumOf(block);
  const rest = bodyBytes % block.length;
  const pieces = Array.from({ length: Math.floor(bodyBytes / block.length) }, () => whole);
  return joinCrc64(rest === 0 ? pieces : [...pieces, sumOf(block.subarray(0, rest))]);
}

/** The object, or the range of it that is asked for. */
function send({ headers }: IncomingMessage, response: ServerResponse): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
  const [from, to] = range === null ? [0, bodyBytes - 1] : [Number(range[1]), Number(range[2])];
  const length = to - from + 1;
  const ranged = range === null ? {} : { 'content-range': `bytes ${from}-${to}/${bodyBytes}` };
  response.writeHead(range === null ? 200 : 206, { ...objectHeaders, ...ranged, 'content-length': length });
  let sent = 0;
  function more(): void {
    while (sent < length) {
      const offset = (from + sent) % block.length;
      const piece = block.subarray(offset, Math.min(block.length, offset + length - sent));
      sent += piece.length;
      if (!response.write(piece)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  }
  if (length === block.length) response.end(block);
  else more();
}

/** A part's tag has no form of an MD5, so that nobody compares it with one. */
function receive(request: IncomingMessage, response: ServerResponse, url: string): void {
  const etag = url.includes('partNumber=') ? '"part"' : `"${entityTag}"`;
  request.resume();
  request.on('end', () => response.writeHead(200, { etag, 'content-length': 0 }).end());
}

/** Begins or completes an upload in parts. */
function upload(request: IncomingMessage, response: ServerResponse, url: string): void {
  const completed = '<CompleteMultipartUploadResult><ETag>&quot;parts-1&quot;</ETag></CompleteMultipartUploadResult>';
  const started =
    '<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>1</UploadId></InitiateMultipartUploadResult>';
  request.resume();
  request.on('end', () => response.end(url.includes('uploadId=') ? completed : started));
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
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>full</Name><Prefix>${prefix}</Prefix><KeyCount>${end - first}</KeyCount><MaxKeys>${limit}</MaxKeys><EncodingType>url</EncodingType><IsTruncated>${isTruncated}</IsTruncated>${token}${rows}</ListBucketResult>`;
  response.writeHead(200, { 'content-type': 'application/xml', 'content-length': xml.length }).end(xml);
}

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
// Whoever started it holds the other end of its input.
process.stdin.on('end', () => process.exit(0)).resume();
