import { z } from 'zod';
import type { Properties, PropertyValue } from '../provider/property-value.ts';

export interface ApiRequest {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below the base URL: `/accounts/…`. */
  readonly path: string;
  readonly body?: Properties;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A configured provider: one client, loaded when it is first needed (it takes most of a second). */
export interface CloudflareCloud {
  /** The result of the v4 envelope. @throws the SDK's own errors, with status and Cloudflare's codes. */
  request(request: ApiRequest): Promise<Properties>;
  /** The same, and undefined for 404: the thing is gone. */
  requestIfThere(request: ApiRequest): Promise<Properties | undefined>;
}

type Send = (request: ApiRequest) => Promise<unknown>;

const resultObject = z.custom<Properties>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
const envelope = z.object({ result: resultObject.nullish() });

/** Sends through the vendor's client, which is loaded at the first request. */
export function cloudflareCloud({ baseUrl, apiToken }: { baseUrl: string; apiToken: string }): CloudflareCloud {
  let loading: Promise<Send> | undefined;

  /** Through the client's own verbs: bodies come from a table here, and its typed methods send nothing else. */
  async function load(): Promise<Send> {
    const { BaseCloudflare } = await import('cloudflare/client');
    const client = new BaseCloudflare({ apiToken, baseURL: baseUrl });
    return async ({ method, path, body, headers = {} }) =>
      client[method](path, { headers, ...(body === undefined ? {} : { body: sorted(body) }) });
  }

  async function request(asked: ApiRequest): Promise<Properties> {
    const send = await (loading ??= load());
    const answer = await send(asked);
    return envelope.parse(answer).result ?? {};
  }

  return {
    request,
    async requestIfThere(asked) {
      try {
        return await request(asked);
      } catch (error) {
        if (error instanceof Error && 'status' in error && error.status === 404) return undefined;
        throw error;
      }
    },
  };
}

/** The real provider writes the keys of a body in order, but those of a token's resources as given. */
function sorted(body: Properties): Readonly<Record<string, PropertyValue>> {
  return Object.fromEntries(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1)));
}
