import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { ProgramInfo, RunRequest } from '@pulumi/pulumi/proto/language_pb.js';
import { z } from 'zod';

/** Runtime options of Pulumi.yaml that this host knows (the official host's `packagemanager` and `production` concern installing). */
const optionsSchema = z.object({
  typescript: z.boolean().default(true),
  nodeargs: z.string().default(''),
  tsconfig: z.string().optional(),
});
export type RuntimeOptions = z.infer<typeof optionsSchema>;

/** What `runtime.options` of Pulumi.yaml says, with the defaults of Pulumi's own host. Throws where it cannot be read. */
export function runtimeOptions(info: ProgramInfo | undefined): RuntimeOptions {
  return optionsSchema.parse(info?.getOptions()?.toJavaScript() ?? {});
}

/** A process to start: what `spawn` takes. */
export interface Launch {
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** One of the entry points that @pulumi/pulumi ships, in the version that `directory` has installed. */
export function sdkEntry(directory: string, entry: 'run' | 'run-plugin' | 'run-policy-pack'): string {
  return createRequire(path.join(directory, 'package.json')).resolve(`@pulumi/pulumi/cmd/${entry}`);
}

/** How Node runs the Pulumi program of `request`. The configuration travels in the environment, never in arguments. */
export function programLaunch(request: RunRequest, engineAddress: string, environment: NodeJS.ProcessEnv): Launch {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() || request.getPwd();
  const options = runtimeOptions(info);
  const values = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    'root-directory': info?.getRootDirectory() ?? '',
    parallel: String(request.getParallel()),
  };
  const flags = Object.entries(values).flatMap(([name, value]) => (value === '' ? [] : [`--${name}=${value}`]));
  return {
    arguments: [
      ...nodeArguments(options),
      sdkEntry(directory, 'run'),
      ...flags,
      ...(request.getDryrun() ? ['--dry-run'] : []),
      info?.getEntryPoint() || request.getProgram() || '.',
      ...request.getArgsList(),
    ],
    workingDirectory: directory,
    environment: {
      ...environment,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      ...typescriptEnvironment(options),
    },
  };
}

/** The words of the option `nodeargs`. */
export function nodeArguments({ nodeargs }: RuntimeOptions): string[] {
  return nodeargs.split(/\s+/).filter((word) => word !== '');
}

/** What @pulumi/pulumi reads of the options from the environment. */
export function typescriptEnvironment({ typescript, tsconfig }: RuntimeOptions): NodeJS.ProcessEnv {
  return {
    PULUMI_NODEJS_TYPESCRIPT: String(typescript),
    ...(tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
  };
}

const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

/** The direct dependencies of the program in `directory`, as its package.json states them (`pulumi about` shows them). */
export async function programDependencies(directory: string): Promise<{ name: string; version: string }[]> {
  const text = await readFile(path.join(directory, 'package.json'), 'utf8').catch(() => '{}');
  const { dependencies, devDependencies } = manifestSchema.parse(JSON.parse(text));
  return Object.entries({ ...dependencies, ...devDependencies }).map(([name, version]) => ({ name, version }));
}
