import path from 'node:path';
import type { RunPluginRequest } from '@pulumi/pulumi/proto/language_pb.js';
import { nodeArguments, runtimeOptions, sdkEntry, typescriptEnvironment } from './program.ts';
import type { Launch } from './program.ts';

/**
 * How Node runs a plugin written in it: a policy pack (kind `analyzer`) or a provider (`resource`).
 * A policy pack runs in its own directory, where `new PolicyPack` looks for a package.json with a version.
 */
export function pluginLaunch(request: RunPluginRequest): Launch {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() || request.getProgram();
  const program = path.resolve(directory, info?.getEntryPoint() || '.');
  const isPolicyPack = request.getKind() === 'analyzer';
  const options = runtimeOptions(info);
  return {
    arguments: isPolicyPack
      ? [...nodeArguments(options), sdkEntry(directory, 'run-policy-pack'), ...request.getArgsList(), program]
      : [sdkEntry(directory, 'run-plugin'), ...nodeArguments(options), program, ...request.getArgsList()],
    workingDirectory: isPolicyPack ? directory : request.getPwd(),
    environment: { ...parseEnvironment(request.getEnvList()), ...typescriptEnvironment(options) },
  };
}

/** `KEY=value` lines, as the engine sends them. */
function parseEnvironment(entries: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    entries.map((entry) => {
      const split = entry.indexOf('=');
      return [entry.slice(0, split), entry.slice(split + 1)];
    }),
  );
}
