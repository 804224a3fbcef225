import * as grpc from '@grpc/grpc-js';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import { operationsOf } from './operations.ts';
import type { ProviderDefinition } from './resource-type.ts';
import { providerService } from './service.ts';

/** Set by whatever starts Pulumi against the sandbox; without it a stand-in refuses to run. */
const sandboxMarker = 'SLUICE_SANDBOX';

const messageBytesMax = 400 * 1024 * 1024; // as Pulumi's own SDKs
const engineCheckMs = 1000;

/**
 * Serves a provider to the engine that started this process: prints the port as the first and only line on stdout, and
 * ends when the engine cancels or is gone. A stand-in outside the sandbox would answer for the real provider, so
 * without the marker it exits with status 1 before it listens.
 */
export function serve<Cloud>(definition: ProviderDefinition<Cloud>): void {
  if (process.env[sandboxMarker] !== '1') {
    process.stderr.write(
      `pulumi-resource-${definition.name}: this is the sandbox's stand-in, not the ${definition.name} provider, and it runs only in the sandbox (${sandboxMarker}=1): ` +
        'take its folder out of PATH and out of Pulumi.yaml\n',
    );
    process.exitCode = 1;
    return;
  }
  const server = new grpc.Server({
    'grpc.max_receive_message_length': messageBytesMax,
    'grpc.max_send_message_length': messageBytesMax,
  });
  const end = (): void => server.tryShutdown(() => process.exit(0));
  server.addService(
    ResourceProviderService,
    providerService({
      operations: operationsOf(definition),
      version: definition.version,
      schemaText: () => JSON.stringify(definition.schema),
      onCancel: () => setImmediate(end),
    }),
  );
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
  });
  endWithEngine(end);
}

/** An engine that is killed cannot cancel: its plugins then get another parent. */
function endWithEngine(end: () => void): void {
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) end();
  }, engineCheckMs).unref();
}
