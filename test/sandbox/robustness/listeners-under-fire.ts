import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, CreateMultipartUploadCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sandboxDirectory } from '../../../sandbox/process-directory.ts';
import { startSandboxProcess, stopSandboxProcess } from '../../../sandbox/process.ts';
import { freePorts, type SandboxStatus } from '../../../sandbox/status.ts';
import type { Chance } from './chance.ts';
import { diskState } from './disk-state.ts';
import { brokenHttp, malformedApi, malformedControl, malformedEdge } from './malformed-api.ts';
import { malformedQuery } from './malformed-query.ts';
import type { MalformedRequest } from './malformed-request.ts';
import { bucket, key, malformedS3 } from './malformed-s3.ts';
import type { Door } from './signed-request.ts';
import type { WireAnswer } from './wire-client.ts';

/** A listener of the sandbox, requests that it must refuse, and how its refusals look. */
export interface ListenerUnderFire {
  readonly name: string;
  /** How many of a hundred requests it gets. */
  readonly share: number;
  readonly port: number;
  /** A request of each kind in turn, for the `index`. */
  request(chance: Chance, index: number): MalformedRequest;
  isRefusal(answer: WireAnswer): boolean;
}

export interface SandboxUnderFire {
  readonly status: SandboxStatus;
  readonly listeners: readonly ListenerUnderFire[];
  state(): ReturnType<typeof diskState>;
  /** What the process wrote to its standard error. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a sandbox in a process of its own, which holds a bucket and an upload in every kind of world, and a user. */
export async function startSandboxUnderFire(): Promise<SandboxUnderFire> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-fire-'));
  const status = await startSandboxProcess({ directory, ports: freePorts });
  const { aws, r2, cloudflare, edge, control } = status;
  const s3 = await furnishedDoor(aws.endpoint, aws.region, aws, 'aws');
  const r2Default = await furnishedDoor(r2.endpoints.default, 'auto', r2, 'r2');
  const credentials = { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey };
  const iam = new IAMClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials });
  await iam.send(new CreateUserCommand({ UserName: 'kept-user' }));
  iam.destroy();
  const api = {
    host: new URL(cloudflare.apiBaseUrl).host,
    accountId: cloudflare.accountId,
    apiToken: cloudflare.apiToken,
  };
  const listeners: readonly ListenerUnderFire[] = [
    listener('S3', 33, s3, malformedS3, isS3Error),
    listener('R2', 15, r2Default, malformedS3, isS3Error),
    listener('IAM', 14, { ...s3, service: 'iam' }, malformedQuery, isQueryError),
    listener('STS', 6, { ...s3, service: 'sts' }, malformedQuery, isQueryError),
    listener('Cloudflare', 14, api, malformedApi, isApiError),
    listener('edge', 4, { host: new URL(edge.http).host }, malformedEdge, isPage),
    listener('control', 4, { host: new URL(control.url).host }, malformedControl, isControlError),
    ...[
      aws.endpoint,
      aws.httpsEndpoint,
      r2.endpoints.eu,
      cloudflare.apiBaseUrl,
      edge.http,
      edge.https,
      control.url,
    ].map((url, index) =>
      listener(`no HTTP, listener ${index}`, 2, { host: new URL(url).host }, brokenHttp, () => true),
    ),
  ];
  return {
    status,
    listeners,
    state: () => diskState(sandboxDirectory(directory).state),
    log: () => readFile(sandboxDirectory(directory).log, 'utf8'),
    async stop() {
      await stopSandboxProcess(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function furnishedDoor(
  endpoint: string,
  region: string,
  { accessKeyId, secretAccessKey }: Pick<Door, 'accessKeyId' | 'secretAccessKey'>,
  provider: 'aws' | 'r2',
): Promise<Door> {
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const configuration = { LocationConstraint: 'eu-west-1' } as const;
  await client.send(
    new CreateBucketCommand({
      Bucket: bucket,
      ...(provider === 'aws' && { CreateBucketConfiguration: configuration }),
    }),
  );
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'kept' }));
  const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'upload' }));
  client.destroy();
  return { host: new URL(endpoint).host, service: 's3', region, ...credentials, provider, uploadId: UploadId };
}

function listener<Where extends { readonly host: string }>(
  name: string,
  share: number,
  door: Where,
  generators: readonly ((chance: Chance, door: Where) => MalformedRequest)[],
  isRefusal: ListenerUnderFire['isRefusal'],
): ListenerUnderFire {
  return {
    name,
    share,
    port: Number(door.host.split(':')[1]),
    request(chance, index) {
      const generate = generators[index % generators.length];
      if (generate === undefined) throw new Error(`${name} has no malformed requests`);
      return generate(chance, door);
    },
    isRefusal,
  };
}

function isS3Error({ headers, body }: WireAnswer): boolean {
  return (
    /^<\?xml version="1.0" encoding="UTF-8"\?>\s*<Error><Code>\w+<\/Code>.*<\/Error>$/s.test(body) && isXml(headers)
  );
}

function isQueryError({ headers, body }: WireAnswer): boolean {
  return /^<ErrorResponse .*<Code>\w+<\/Code><Message>.*<\/ErrorResponse>$/s.test(body) && isXml(headers);
}

function isXml(headers: WireAnswer['headers']): boolean {
  return headers.get('content-type')?.includes('xml') ?? false;
}

function isApiError({ body }: WireAnswer): boolean {
  const { success, errors } = JSON.parse(body) as { success: unknown; errors: { code: number; message: string }[] };
  return success === false && typeof errors[0]?.code === 'number' && errors[0].message !== '';
}

function isPage({ headers, body }: WireAnswer): boolean {
  return headers.get('content-type') === 'text/html; charset=utf-8' && body.startsWith('<!DOCTYPE html>');
}

function isControlError({ body }: WireAnswer): boolean {
  return typeof (JSON.parse(body) as { error: unknown }).error === 'string';
}
