import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { CreateMultipartUploadCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { startEndpoint, type TestEndpoint } from './endpoint.ts';
import { send, signedHeaders } from './raw-request.ts';

const Bucket = 'left';
let endpoint: TestEndpoint;
let s3: S3Client;
let printed: jest.SpyInstance;

beforeAll(async () => {
  endpoint = await startEndpoint();
  await endpoint.world.createBucket(Bucket, {});
  s3 = endpoint.client();
});
beforeEach(() => {
  printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => printed.mockRestore());
afterAll(() => endpoint.close());

/** Files of bodies that were too large for memory: what is on its way, and what objects hold. */
async function largeFiles(): Promise<string[]> {
  return (await readdir(endpoint.directory, { recursive: true })).filter((name) => /[/\\]large[/\\]/.test(name));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

/** Sends a mebibyte of a body that is announced as two, so that some of it is on disk, then leaves by `leave`. */
async function leaveWithin(path: string, leave: 'FIN' | 'RST'): Promise<void> {
  const what = { method: 'PUT', path, headers: { 'content-length': String(2 * 1024 * 1024) } };
  const headers = await signedHeaders(endpoint, what);
  const sent = request({ host: '127.0.0.1', port: endpoint.port, method: 'PUT', path, headers, agent: false });
  sent.on('error', () => undefined);
  sent.write(Buffer.alloc(1024 * 1024));
  const [socket] = (await once(sent, 'socket')) as [Socket];
  await until(async () => (await largeFiles()).length > 0);
  if (leave === 'FIN') socket.end();
  else socket.resetAndDestroy();
  await until(async () => (await largeFiles()).length === 0);
  socket.destroy();
}

describe('a client that dies in the middle of an upload', () => {
  test.each(['FIN', 'RST'] as const)(
    'leaves nothing behind when it goes by %s, and nothing is printed',
    async (leave) => {
      await leaveWithin(`/${Bucket}/object`, leave);
      const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
      await leaveWithin(`/${Bucket}/parts?partNumber=1&uploadId=${UploadId}`, leave);
      expect((await send(endpoint, { path: `/${Bucket}/object` })).status).toBe(403);
      expect(endpoint.world.object(Bucket, 'object')).toBeUndefined();
      expect(endpoint.world.upload(Bucket, 'parts', UploadId)?.parts).toEqual([]);
      await s3.send(new PutObjectCommand({ Bucket, Key: 'after', Body: 'served' }));
      expect(printed.mock.calls).toEqual([]);
    },
  );
});
