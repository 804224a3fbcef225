import { decodeConfiguration } from '../provider/configuration.ts';
import { isLoopbackUrl } from '../provider/loopback.ts';
import { containsUnknown, optionalText, type Properties } from '../provider/property-value.ts';
import type { Problem } from '../provider/resource-type.ts';
import { type CloudflareCloud, cloudflareCloud } from './cloud.ts';
import { cloudflareSchema } from './schema.ts';

const supported: ReadonlySet<string> = new Set(['apiToken', 'baseUrl', 'userAgentOperatorSuffix']);
/** The real provider's own check; it does not look at a token from the environment. */
const apiTokenPattern = /^[0-9A-Za-z\-_]{40,80}$/;

/** What is wrong with the provider's inputs: an unknown name, a token of no known form, a URL that is not on this machine. Reads CLOUDFLARE_BASE_URL. */
export function checkConfiguration(inputs: Properties): readonly Problem[] {
  const { configuration, problems } = decodeConfiguration(cloudflareSchema, inputs);
  if (problems.length > 0 || containsUnknown(configuration)) return problems;
  return [...unsupported(configuration), ...tokenProblems(configuration), ...urlProblems(configuration)];
}

/** @throws Error when the inputs do not do or no token is set. */
export function configure(inputs: Properties): Promise<CloudflareCloud> {
  const [problem] = checkConfiguration(inputs);
  if (problem !== undefined) {
    return Promise.reject(new Error(`configuring the cloudflare provider: ${problem.property}: ${problem.reason}`));
  }
  const apiToken = optionalText(inputs, 'apiToken') ?? process.env['CLOUDFLARE_API_TOKEN'];
  if (!apiToken) {
    return Promise.reject(
      new Error('configuring the cloudflare provider: no API token found: set CLOUDFLARE_API_TOKEN'),
    );
  }
  return Promise.resolve(cloudflareCloud({ baseUrl: baseUrl(inputs) ?? '', apiToken }));
}

function baseUrl(inputs: Properties): string | undefined {
  return optionalText(inputs, 'baseUrl') ?? process.env['CLOUDFLARE_BASE_URL'];
}

function unsupported(configuration: Properties): Problem[] {
  return Object.keys(configuration)
    .filter((name) => !supported.has(name))
    .map((property) => ({
      property,
      reason: "the sandbox's stand-in does not have this setting of the real provider: use apiToken",
    }));
}

function tokenProblems(configuration: Properties): Problem[] {
  const apiToken = optionalText(configuration, 'apiToken');
  if (apiToken === undefined || apiTokenPattern.test(apiToken)) return [];
  const reason =
    'Attribute api_token API tokens must be 40 to 80 characters long and contain only a-z, A-Z, 0-9, hyphens and underscores';
  return [{ property: 'apiToken', reason }];
}

function urlProblems(configuration: Properties): Problem[] {
  const url = baseUrl(configuration);
  if (url !== undefined && isLoopbackUrl(url)) return [];
  const found = url === undefined ? 'no base URL is set' : `the base URL is ${JSON.stringify(url)}`;
  return [{ property: 'baseUrl', reason: `the sandbox's stand-in reaches only this machine, and ${found}` }];
}
