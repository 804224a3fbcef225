import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { sendUnaryData, ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import languageMessages from '@pulumi/pulumi/proto/language_pb.js';
import type {
  GetProgramDependenciesRequest,
  GetRequiredPackagesRequest,
  InstallDependenciesRequest,
  RunPluginRequest,
  RunRequest,
} from '@pulumi/pulumi/proto/language_pb.js';
import pluginMessages from '@pulumi/pulumi/proto/plugin_pb.js';
import emptyMessages from 'google-protobuf/google/protobuf/empty_pb.js';
import { pulumiVersion } from '../cli-version.ts';
import type { ChildProcesses } from './child-processes.ts';
import { pluginLaunch } from './plugin.ts';
import { programDependencies, programLaunch } from './program.ts';
import type { Launch } from './program.ts';
import { requiredPackages } from './required-packages.ts';

/** A program ends with this after it has told the user what is wrong (@pulumi/pulumi, cmd/run). */
const exitCodeBail = 32;

export interface LanguageRuntimeOptions {
  /** The engine that started us: programs send their diagnostics there. */
  readonly engineAddress: string;
  readonly children: ChildProcesses;
}

/**
 * The service pulumirpc.LanguageRuntime for Node, as far as running programs and policy packs needs it. What only
 * writes code (GeneratePackage, Pack, Link ..) is left out: gRPC answers UNIMPLEMENTED, which the engine knows how to take.
 */
export function languageRuntime({ engineAddress, children }: LanguageRuntimeOptions): UntypedServiceImplementation {
  return {
    handshake: unary(() => new languageMessages.LanguageHandshakeResponse()),
    getPluginInfo: unary(() => new pluginMessages.PluginInfo().setVersion(pulumiVersion)),
    about: unary(() =>
      new languageMessages.AboutResponse().setExecutable(process.execPath).setVersion(process.versions.node),
    ),
    getRequiredPackages: unary(async (request: GetRequiredPackagesRequest) => {
      const response = new languageMessages.GetRequiredPackagesResponse();
      for (const { name, version, server } of await requiredPackages(request.getInfo()?.getProgramDirectory() ?? '.')) {
        const dependency = new pluginMessages.PackageDependency().setKind('resource').setName(name).setVersion(version);
        response.addPackages(server === undefined ? dependency : dependency.setServer(server));
      }
      return response;
    }),
    getProgramDependencies: unary(async (request: GetProgramDependenciesRequest) => {
      const response = new languageMessages.GetProgramDependenciesResponse();
      for (const { name, version } of await programDependencies(request.getInfo()?.getProgramDirectory() ?? '.')) {
        response.addDependencies(new languageMessages.DependencyInfo().setName(name).setVersion(version));
      }
      return response;
    }),
    // Dependencies are installed by npm, from the lockfile, before any of this runs.
    installDependencies: (call: ServerWritableStream<InstallDependenciesRequest, unknown>) => call.end(),
    run: unary((request: RunRequest) => run(programLaunch(request, engineAddress, process.env), children)),
    runPlugin: (call: ServerWritableStream<RunPluginRequest, unknown>) => runPlugin(call, children),
    cancel: unary(() => {
      children.end();
      return new emptyMessages.Empty();
    }),
  };
}

/** Answers a call with what `answer` returns; what it throws becomes the call's error. */
function unary<Request, Response>(answer: (request: Request) => Response | Promise<Response>) {
  return (call: { readonly request: Request }, callback: sendUnaryData<Response>): void => {
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
      );
  };
}

function start(launch: Launch, stdout: 'inherit' | 'pipe', children: ChildProcesses): ChildProcess {
  const child = spawn(process.execPath, launch.arguments, {
    cwd: launch.workingDirectory,
    env: launch.environment,
    stdio: ['ignore', stdout, stdout],
  });
  children.add(child);
  return child;
}

/** Runs the program to its end. Its output goes where ours goes: the engine shows what it reads from us. */
async function run(launch: Launch, children: ChildProcesses) {
  const child = start(launch, 'inherit', children);
  const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve({ code, signal }));
    },
  );
  const response = new languageMessages.RunResponse();
  if (code === 0) return response;
  if (code === exitCodeBail) return response.setBail(true);
  return response.setError(
    code === null ? `Program was ended by ${signal ?? 'a signal'}` : `Program exited with non-zero exit code: ${code}`,
  );
}

/** Streams what the plugin writes until it ends; the engine ends it by ending the call. */
function runPlugin(call: ServerWritableStream<RunPluginRequest, unknown>, children: ChildProcesses): void {
  let child: ChildProcess;
  try {
    child = start(pluginLaunch(call.request), 'pipe', children);
  } catch (error) {
    call.destroy(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  const response = () => new languageMessages.RunPluginResponse();
  child.stdout?.on('data', (bytes: Buffer) => call.write(response().setStdout(bytes)));
  child.stderr?.on('data', (bytes: Buffer) => call.write(response().setStderr(bytes)));
  child.once('error', (error) => call.destroy(error));
  child.once('close', (code) => {
    call.write(response().setExitcode(code ?? 1));
    call.end();
  });
  call.once('cancelled', () => void child.kill('SIGTERM'));
}
