import { loadSharedConfigFiles } from '@smithy/core/config';
import { UserError } from '../base/user-error.ts';

/** What a profile of the AWS shared files says of where requests go, and of where its credentials come from. */
export interface SharedProfile {
  readonly region?: string;
  /** For S3: that of its `services` section, else its own. */
  readonly endpoint?: string;
  /** All its settings, by name; secrets among them. */
  readonly settings: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;
type SharedFiles = Awaited<ReturnType<typeof loadSharedConfigFiles>>;

/**
 * Reads a profile of AWS_CONFIG_FILE (~/.aws/config) and AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials) as the SDK parses them. A client of
 * the SDK finds endpoints of AWS_PROFILE alone, and puts AWS_REGION and AWS_ENDPOINT_URL, which are for both sides, before what a named
 * profile says.
 * Undefined where neither file has it. Throws `UserError` where its `services` section is not there.
 * AWS SDKs and Tools Reference Guide, "Shared config and credentials files" and "Service-specific endpoints".
 */
export async function readSharedProfile(
  name: string,
  environment: Environment = process.env,
): Promise<SharedProfile | undefined> {
  const { configFile, credentialsFile } = await readFiles(environment);
  const [configured, held] = [configFile[name], credentialsFile[name]];
  if (configured === undefined && held === undefined) return undefined;
  const settings = definedOf({ ...configured, ...held });
  const endpoint = endpointOf(name, settings, configFile);
  const ignored = [environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'], settings['ignore_configured_endpoint_urls']];
  return {
    settings,
    ...(settings['region'] ? { region: settings['region'] } : {}),
    ...(endpoint && !ignored.includes('true') ? { endpoint } : {}),
  };
}

/** The names of all profiles, for whoever mistyped one. */
export async function sharedProfileNames(environment: Environment = process.env): Promise<readonly string[]> {
  const { configFile, credentialsFile } = await readFiles(environment);
  // Sections of another kind are called `services.minio`; a dot in a profile's own name is rare.
  const configured = Object.keys(configFile).filter((section) => !/^(services|sso-session)\./.test(section));
  return [...new Set([...configured, ...Object.keys(credentialsFile)])].sort();
}

function endpointOf(
  name: string,
  settings: Readonly<Record<string, string>>,
  config: SharedFiles['configFile'],
): string | undefined {
  const services = settings['services'];
  if (services === undefined) return settings['endpoint_url'];
  const section = config[`services.${services}`];
  if (section === undefined) {
    throw new UserError({
      where: `profile ${name}`,
      what: `its services section "${services}" is not in the AWS config file`,
      fix: `add [services ${services}] there, or remove \`services\` from the profile`,
    });
  }
  return section['s3.endpoint_url'] ?? settings['endpoint_url'];
}

/** A file that cannot be read is taken for an empty one: either may be missing. */
function readFiles({ AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE }: Environment): Promise<SharedFiles> {
  return loadSharedConfigFiles({
    ...(AWS_CONFIG_FILE === undefined ? {} : { configFilepath: AWS_CONFIG_FILE }),
    ...(AWS_SHARED_CREDENTIALS_FILE === undefined ? {} : { filepath: AWS_SHARED_CREDENTIALS_FILE }),
    // They may be written while a run goes on.
    ignoreCache: true,
  });
}

function definedOf(settings: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
