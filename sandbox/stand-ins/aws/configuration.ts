import { z } from 'zod';
import { isLoopbackUrl } from '../provider/loopback.ts';
import { decodeConfiguration } from '../provider/configuration.ts';
import { containsUnknown, type Properties } from '../provider/property-value.ts';
import type { Problem } from '../provider/resource-type.ts';
import { type AwsCloud, awsCloud, type AwsEndpoints } from './cloud.ts';
import { awsSchema } from './schema.ts';

/** What the stand-in acts on; every other input of the real provider is refused, never ignored. */
const endpoint = z.string('missing: without it the real AWS would be meant, which the sandbox never reaches');
const endpoints = z.strictObject({ iam: endpoint, sts: endpoint, s3: endpoint });
const tags = z.record(z.string(), z.string());
const configuration = z.strictObject({
  region: z.string().optional(),
  endpoints: z.tuple([endpoints], 'must be a list of one object with iam, sts and s3'),
  s3UsePathStyle: z.boolean().default(false),
  skipCredentialsValidation: z.boolean().default(false),
  skipRegionValidation: z.boolean().default(true),
  skipMetadataApiCheck: z.boolean().default(true),
  skipRequestingAccountId: z.boolean().default(false),
  accessKey: z.string().optional(),
  secretKey: z.string().optional(),
  token: z.string().optional(),
  allowedAccountIds: z.array(z.string()).default([]),
  forbiddenAccountIds: z.array(z.string()).default([]),
  defaultTags: z.strictObject({ tags: tags.default({}) }).default({ tags: {} }),
  ignoreTags: z
    .strictObject({ keys: z.array(z.string()).default([]), keyPrefixes: z.array(z.string()).default([]) })
    .default({ keys: [], keyPrefixes: [] }),
  maxRetries: z.int().optional(),
});

/** What is wrong with the provider's inputs: an unknown name, a wrong type, an endpoint that is not on this machine. Pure. */
export function checkConfiguration(inputs: Properties): readonly Problem[] {
  const { configuration: decoded, problems } = decodeConfiguration(awsSchema, inputs);
  if (problems.length > 0 || containsUnknown(decoded)) return problems;
  const parsed = configuration.safeParse(decoded);
  if (!parsed.success) return parsed.error.issues.map(problemOf);
  return foreignEndpoints(parsed.data.endpoints[0]);
}

/** @throws Error when the inputs, the credentials or the account are not ones that it may use. */
export async function configure(inputs: Properties): Promise<AwsCloud> {
  const [problem] = checkConfiguration(inputs);
  if (problem !== undefined) throw new Error(`configuring the aws provider: ${problem.property}: ${problem.reason}`);
  const options = configuration.parse(decodeConfiguration(awsSchema, inputs).configuration);
  const cloud = awsCloud({
    region:
      options.region ??
      process.env['AWS_REGION'] ??
      process.env['AWS_DEFAULT_REGION'] ??
      missing('an AWS region', 'aws:region'),
    endpoints: options.endpoints[0],
    s3UsePathStyle: options.s3UsePathStyle,
    credentials: credentials(options),
    attempts: options.maxRetries === undefined ? undefined : options.maxRetries + 1,
    defaultTags: options.defaultTags.tags,
    ignoreTags: options.ignoreTags,
  });
  await checkAccount(cloud, options);
  return cloud;
}

function credentials(options: z.infer<typeof configuration>): AwsCloud['credentials'] {
  const { accessKey, secretKey, token } = options;
  const own = accessKey !== undefined && secretKey !== undefined;
  const accessKeyId = own ? accessKey : process.env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = own ? secretKey : process.env['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = own ? token : process.env['AWS_SESSION_TOKEN'];
  if (!accessKeyId || !secretAccessKey)
    missing('valid credential sources for AWS', 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function missing(what: string, where: string): never {
  throw new Error(`configuring the aws provider: no ${what} found: set ${where}`);
}

/** As the real provider: validation asks who signs, and an account that is not allowed ends the deployment before it starts. */
async function checkAccount(cloud: AwsCloud, options: z.infer<typeof configuration>): Promise<void> {
  const { allowedAccountIds, forbiddenAccountIds, skipCredentialsValidation, skipRequestingAccountId } = options;
  const isLimited = allowedAccountIds.length + forbiddenAccountIds.length > 0;
  if (skipCredentialsValidation && (!isLimited || skipRequestingAccountId)) return;
  const { Account: accountId = '' } = await (await cloud.sts()).getCallerIdentity();
  const isAllowed = allowedAccountIds.length === 0 || allowedAccountIds.includes(accountId);
  if (!isAllowed || forbiddenAccountIds.includes(accountId)) {
    throw new Error(`configuring the aws provider: AWS account ID not allowed: ${accountId}`);
  }
}

function foreignEndpoints(services: AwsEndpoints): Problem[] {
  return Object.entries(services)
    .filter(([, url]) => !isLoopbackUrl(url))
    .map(([service, url]) => ({
      property: 'endpoints',
      reason: `the sandbox's stand-in reaches only this machine, and the ${service} endpoint is ${JSON.stringify(url)}`,
    }));
}

function problemOf(issue: z.core.$ZodIssue): Problem {
  if (issue.code === 'unrecognized_keys') {
    const property = [...issue.path, ...issue.keys].join('.');
    return { property, reason: `the sandbox's stand-in does not have this setting of the real provider` };
  }
  return { property: issue.path.join('.'), reason: issue.message };
}
