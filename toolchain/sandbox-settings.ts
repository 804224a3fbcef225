import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../base/user-error.ts';

/** Variables that turn a provider away from its real endpoint; in a real stack's run they would hide what is deployed where. */
const redirectingNames = /^(PULUMI_DEBUG_PROVIDERS|AWS_ENDPOINT_URL(_.+)?|CLOUDFLARE_BASE_URL|SLUICE_SANDBOX)$/;
/** The packages that have stand-ins in the sandbox. */
export const standInNames: readonly string[] = ['aws', 'cloudflare'];

const pluginSchema = z.object({ name: z.string() });
const projectSchema = z.object({
  plugins: z.object({ providers: z.array(pluginSchema).nullish() }).nullish(),
  packages: z.record(z.string(), z.unknown()).nullish(),
});

/**
 * Throws a UserError when a stack other than the sandbox's would be worked on with settings that belong to the sandbox:
 * another endpoint in the environment, or a stand-in instead of the real provider in the project file.
 * A variable that is set but empty is no setting.
 */
export function refuseSandboxSettings(environment: NodeJS.ProcessEnv, projectFileText: string): void {
  const variable = Object.keys(environment).find((name) => redirectingNames.test(name) && environment[name] !== '');
  if (variable !== undefined) {
    throw new UserError({
      where: `environment variable ${variable}`,
      what: 'it is set, and would send this stack to another place than the real providers',
      fix: `unset ${variable}, or work on the sandbox's stack`,
    });
  }
  const { plugins, packages } = projectSchema.parse(parse(projectFileText));
  const names = [...(plugins?.providers ?? []).map(({ name }) => name), ...Object.keys(packages ?? {})];
  const standIn = names.find((name) => standInNames.includes(name));
  if (standIn !== undefined) {
    throw new UserError({
      where: `Pulumi.yaml: plugins`,
      what: `a project plugin named ${standIn} takes the place of the real provider`,
      fix: 'remove it: only the sandbox, which writes its own project file, may replace a provider',
    });
  }
}
