import assert from 'node:assert/strict';
import * as s3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { refusedCall, type ApiCall, type ApiSession, type Body, type Output } from './api-call.ts';
import { r2Calls } from './r2-calls.ts';
import { s3Calls } from './s3-calls.ts';
import { type CloudName, Refused, scenario, type Step } from './step.ts';
import { placesOf, type Role, type StorageName, type World } from './world.ts';

const client = 'aws-sdk-js';

interface SdkSession extends ApiSession {
  clientOf(cloud: StorageName, as: Role): s3.S3Client;
  destroy(): void;
}

async function open(world: World, clouds: readonly CloudName[]): Promise<SdkSession> {
  const place = await placesOf(world, clouds, client);
  const clients = new Map<string, s3.S3Client>();
  const clientOf = (cloud: StorageName, as: Role): s3.S3Client => {
    const name = `${cloud} ${as}`;
    const { endpoint, region, keys } = place(cloud);
    const made =
      clients.get(name) ??
      new s3.S3Client({ endpoint, region, forcePathStyle: true, maxAttempts: 1, credentials: keys[as] });
    clients.set(name, made);
    return made;
  };
  return {
    place,
    remembered: new Map(),
    clientOf,
    async ask(call) {
      try {
        const output = (await clientOf(call.cloud, call.as).send(commandOf(call))) as unknown as Output;
        return { ...output, ...(await bodyOf(output)) };
      } catch (error) {
        throw refusal(error, call.operation);
      }
    },
    destroy: () => clients.forEach((made) => made.destroy()),
  };
}

function refusal(error: unknown, operation: string): unknown {
  if (!(error instanceof s3.S3ServiceException)) return error;
  return refusedCall(operation, error.$metadata.httpStatusCode, error.name);
}

type AnyCommand = s3.GetObjectCommand;

/** `GetObject` -> `new GetObjectCommand(input)`. */
function commandOf({ operation, input }: ApiCall): AnyCommand {
  const commands = s3 as unknown as Record<string, (new (input: unknown) => AnyCommand) | undefined>;
  const Command = commands[`${operation}Command`];
  assert(Command, `the SDK has no ${operation}`);
  const content = input['Body'] as Body | undefined;
  return new Command(content === undefined ? input : { ...input, Body: content.text.repeat(content.times) });
}

async function bodyOf(output: Output): Promise<Output> {
  const stream = output['Body'] as s3.GetObjectCommandOutput['Body'];
  return stream === undefined ? {} : { Body: await stream.transformToString() };
}

/** What this SDK does beyond single calls. */
const ownSteps: readonly Step<SdkSession>[] = (['S3', 'R2'] as const).flatMap((cloud): Step<SdkSession>[] => [
  {
    cloud,
    as: 'reader',
    operation: 'getSignedUrl',
    what: 'a presigned GET, opened without credentials',
    expected: 'hello',
    run: async (session) => (await fetchPresigned(session, cloud, 'reader', 300)).text(),
  },
  {
    cloud,
    as: 'impostor',
    operation: 'getSignedUrl',
    what: 'presigned with another secret',
    expected: 'refused: 403 SignatureDoesNotMatch',
    run: async (session) => told(await fetchPresigned(session, cloud, 'impostor', 300)),
  },
  {
    cloud,
    as: 'administrator',
    operation: 'paginateListObjectsV2',
    what: 'all keys, one a page',
    expected: 'as many pages as keys',
    async run(session) {
      const { bucket } = session.place(cloud);
      const paginated = s3.paginateListObjectsV2(
        { client: session.clientOf(cloud, 'administrator'), pageSize: 1 },
        { Bucket: bucket },
      );
      const keys = new Set<string | undefined>();
      let pages = 0;
      for await (const page of paginated) {
        pages += 1;
        for (const { Key } of page.Contents ?? []) keys.add(Key);
      }
      return keys.size === pages ? 'as many pages as keys' : `${pages} pages, ${keys.size} keys`;
    },
  },
  {
    cloud,
    as: 'administrator',
    operation: 'waitUntilObjectExists',
    what: 'an object that is there',
    expected: 'SUCCESS',
    async run(session) {
      const { bucket } = session.place(cloud);
      const waiting = { client: session.clientOf(cloud, 'administrator'), maxWaitTime: 30 };
      return (await s3.waitUntilObjectExists(waiting, { Bucket: bucket, Key: 'uploads/hello' })).state;
    },
  },
]);

async function fetchPresigned(session: SdkSession, cloud: StorageName, as: Role, expiresIn: number): Promise<Response> {
  const command = new s3.GetObjectCommand({ Bucket: session.place(cloud).bucket, Key: 'uploads/hello' });
  return fetch(await getSignedUrl(session.clientOf(cloud, as), command, { expiresIn }));
}

/** The text of an answer. Throws `Refused`, with the code of S3's error document. */
async function told(response: Response): Promise<string> {
  const text = await response.text();
  if (response.ok) return text;
  throw new Refused(response.status, /<Code>(\w+)<\/Code>/.exec(text)?.[1]);
}

/** The AWS SDK for JavaScript: its commands, one attempt each, path style. */
export const javascriptSdk = scenario<SdkSession>({
  client,
  steps: [...s3Calls, ...r2Calls, ...ownSteps],
  open,
  close: (session) => {
    session.destroy();
    return Promise.resolve();
  },
});
