/**
 * The Node language host: what `pulumi-language-nodejs` is where Pulumi's own is missing. The engine starts it with its
 * own address, reads the port from the first line of stdout, and calls pulumirpc.LanguageRuntime there.
 */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import languageService from '@pulumi/pulumi/proto/language_grpc_pb.js';
import { ChildProcesses } from './child-processes.ts';
import { languageRuntime } from './language-runtime.ts';

/** The engine's own limit for one message (sdk/go/common/util/rpcutil, 400 MB). */
const messageBytesMax = 400 * 1024 * 1024;
const parentCheckMs = 1_000;

const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith('-')) ?? '';
const children = new ChildProcesses();

const server = new Server({
  'grpc.max_receive_message_length': messageBytesMax,
  'grpc.max_send_message_length': messageBytesMax,
});
server.addService(languageService.LanguageRuntimeService, languageRuntime({ engineAddress, children }));
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${port}\n`);
});

const leave = () => {
  children.end();
  process.exit(0);
};
process.on('SIGINT', leave);
process.on('SIGTERM', leave);

// An engine that was killed cannot say goodbye; without this its language host would stay for ever.
const engineProcess = process.ppid;
setInterval(() => {
  if (process.ppid !== engineProcess) leave();
}, parentCheckMs).unref();
