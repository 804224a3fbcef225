import { z } from 'zod';
import { jurisdictions } from '../base/location.ts';

/**
 * What `sluice sandbox status --json` prints: every endpoint and the sandbox's own administrator credentials, so that
 * any client can be pointed at it. Other programs read it, so a key is added, never renamed.
 */
export const sandboxStatusSchema = z.strictObject({
  /** sluice's version; a running sandbox of another version is refused. */
  version: z.string(),
  pid: z.int().positive(),
  /** Where its state lies (absolute). */
  directory: z.string(),
  aws: z.strictObject({
    endpoint: z.url(),
    /** The same over TLS, as every `https` key below. */
    httpsEndpoint: z.url(),
    region: z.string(),
    accountId: z.string(),
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
  }),
  cloudflare: z.strictObject({
    /** Ends in /client/v4, as the real one does. */
    apiBaseUrl: z.url(),
    httpsApiBaseUrl: z.url(),
    accountId: z.string(),
    apiToken: z.string(),
    zones: z.array(z.strictObject({ id: z.string(), name: z.string() })),
  }),
  r2: z.strictObject({
    /** S3 endpoints by jurisdiction. */
    endpoints: z.record(z.enum(jurisdictions), z.url()),
    httpsEndpoints: z.record(z.enum(jurisdictions), z.url()),
    /** What derives from `cloudflare.apiToken`: the token's id, and the SHA-256 of its value. */
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
  }),
  edge: z.strictObject({ http: z.url(), https: z.url() }),
  /** The certificate (PEM, absolute path) of the authority that a client over TLS has to trust. */
  tls: z.strictObject({ authorityFile: z.string() }),
  /** The sandbox's own switchboard: health, the decision log, misbehaviour on demand (see docs/sandbox.md). */
  control: z.strictObject({ url: z.url() }),
});
export type SandboxStatus = z.infer<typeof sandboxStatusSchema>;

const httpPorts = {
  aws: 4780,
  cloudflare: 4781,
  r2Default: 4782,
  r2Eu: 4783,
  edge: 4784,
  r2Us: 4785,
  r2Fedramp: 4786,
} as const;

/** One of the local clouds' endpoints; each is served over HTTP and over HTTPS. */
export type EndpointName = keyof typeof httpPorts;
export const endpointNames = Object.keys(httpPorts) as EndpointName[];

/** What Pulumi.dev.yaml's endpoints name, and the same over HTTPS. `0` picks a free port. */
export const defaultPorts = {
  ...httpPorts,
  control: 4787,
  awsHttps: 4788,
  cloudflareHttps: 4789,
  r2DefaultHttps: 4790,
  r2EuHttps: 4791,
  edgeHttps: 4792,
  r2UsHttps: 4793,
  r2FedrampHttps: 4794,
} as const satisfies Record<EndpointName | `${EndpointName}Https` | 'control', number>;
export type SandboxPorts = Readonly<Record<keyof typeof defaultPorts, number>>;

/** For `startSandbox`: every endpoint gets a port that is free, whichever that is. */
export const freePorts = Object.fromEntries(
  Object.keys(defaultPorts).map((name) => [name, 0]),
) as unknown as SandboxPorts;

/** The accounts that exist in a new sandbox: those of Pulumi.dev.yaml. */
export const sandboxAccounts = {
  aws: { accountId: '000000000000', region: 'eu-west-1' },
  cloudflare: {
    accountId: '00000000000000000000000000000001',
    zones: [{ id: '0000000000000000000000000000000a', name: 'example.test' }],
  },
} as const;
