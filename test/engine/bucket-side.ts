import { buffer } from 'node:stream/consumers';
import type { BucketPlace } from '../../engine/place.ts';
import { runOperation, type RunOptions } from '../../engine/run.ts';
import type { Side } from '../../engine/sides.ts';
import type { Summary } from '../../engine/summary.ts';
import { startEndpoint, type TestEndpoint, type TestEndpointOptions } from '../sandbox/s3/endpoint.ts';
import { startFaultProxy, type Fault, type FaultProxy, type ProxiedRequest } from './fault-proxy.ts';

export interface StoredBody {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One side of a run: a bucket of the sandbox behind a proxy that misbehaves when told to. */
export interface BucketSide {
  readonly endpoint: TestEndpoint;
  readonly proxy: FaultProxy;
  place(prefix?: string): BucketPlace;
  put(key: string, body: string | Uint8Array, headers?: Readonly<Record<string, string>>): Promise<void>;
  /** Every object, read past the protocol. */
  bodies(): Promise<Record<string, string>>;
  headersOf(key: string): Readonly<Record<string, string>> | undefined;
  entityTagOf(key: string): string | undefined;
  close(): Promise<void>;
}

export const bucket = 'the-bucket';

export async function startBucketSide(options: TestEndpointOptions = {}): Promise<BucketSide> {
  const endpoint = await startEndpoint(options);
  const proxy = await startFaultProxy(endpoint.port);
  const { world } = endpoint;
  await world.createBucket(bucket, {});
  return {
    endpoint,
    proxy,
    place: (prefix = '') => ({
      kind: 'bucket',
      provider: options.profile?.provider ?? 'aws',
      endpoint: proxy.url,
      region: endpoint.region,
      bucket,
      prefix,
      credentials: { accessKeyId: endpoint.accessKeyId, secretAccessKey: endpoint.secretAccessKey },
    }),
    async put(key, body, headers = {}) {
      const received = await world.receive(bucket, chunksOf(Buffer.from(body)));
      world.put(bucket, key, received, { headers });
    },
    async bodies() {
      const { objects } = world.list(bucket, { prefix: '', after: '', delimiter: '', entriesMax: 100_000 });
      const bodies: Record<string, string> = {};
      for (const object of objects) bodies[object.key] = (await buffer(world.read(bucket, object))).toString('latin1');
      return bodies;
    },
    headersOf: (key) => world.object(bucket, key)?.headers,
    entityTagOf: (key) => world.object(bucket, key)?.entityTag,
    async close() {
      await proxy.close();
      await endpoint.close();
    },
  };
}

async function* chunksOf(body: Buffer): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  if (body.length > 0) yield body;
}

export const mebibyte = 1024 * 1024;

/** Copies from one side to the other, what is not small in the least parts that providers take. */
export function copyInSmallParts(
  sides: Readonly<Record<Side, BucketSide>>,
  options: Partial<RunOptions> = {},
): Promise<Summary> {
  const places = { source: sides.source.place(), destination: sides.destination.place() };
  const parts = { multipartBytesMin: 5 * mebibyte, partSizeBytes: 5 * mebibyte, attemptsMax: 3, retryDelayMs: 1 };
  return runOperation({ operation: 'copy', ...places, ...options, tuning: { ...parts, ...options.tuning } });
}

/** A fault for the first `times` requests that `applies` to. */
export function faultOnce(applies: (request: ProxiedRequest) => boolean, fault: Fault, times = 1) {
  let left = times;
  return (request: ProxiedRequest): Fault | undefined => {
    if (left === 0 || !applies(request)) return undefined;
    left -= 1;
    return fault;
  };
}
