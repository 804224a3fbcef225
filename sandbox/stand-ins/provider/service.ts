import * as grpc from '@grpc/grpc-js';
import type { IResourceProviderServer } from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Difference } from './diff-inputs.ts';
import { fromStruct, toStruct } from './marshal.ts';
import type { Operations, ResourceDiff } from './operations.ts';
import { containsUnknown } from './property-value.ts';

export interface ServiceOptions {
  readonly operations: Operations;
  readonly version: string;
  /** Answered to GetSchema. */
  readonly schemaText: () => string;
  /** Called once when the engine cancels. */
  readonly onCancel: () => void;
}

/**
 * The provider protocol (pulumi/pulumi, proto/pulumi/provider.proto) on `Operations`. Secrets are accepted, so that
 * the engine sends them marked and stores what is marked encrypted.
 */
export function providerService(options: ServiceOptions): IResourceProviderServer {
  const { operations, version, schemaText, onCancel } = options;
  return {
    handshake: answer(() =>
      new messages.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(true).setAcceptOutputs(false),
    ),
    getPluginInfo: answer(() => new plugin.PluginInfo().setVersion(version)),
    getSchema: answer(() => new messages.GetSchemaResponse().setSchema(schemaText())),

    checkConfig: answer((request: messages.CheckRequest) => {
      const inputs = fromStruct(request.getNews());
      const failures = operations.checkConfiguration(request.getUrn(), inputs);
      return checkResponse(failures).setInputs(toStruct(inputs));
    }),
    diffConfig: answer((request: messages.DiffRequest) => {
      // A changed configuration never replaces what was made with the old one.
      const before = toStruct(fromStruct(request.getOldInputs())).serializeBinary();
      const after = toStruct(fromStruct(request.getNews())).serializeBinary();
      const differences: Difference[] =
        Buffer.compare(before, after) === 0 ? [] : [{ path: '', kind: 'update', replaces: false }];
      return diffResponse({ differences, stables: [], deletesBeforeReplace: false });
    }),
    configure: answer(async (request: messages.ConfigureRequest) => {
      await operations.configure(fromStruct(request.getArgs()));
      return new messages.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setAcceptoutputs(false)
        .setSupportspreview(true)
        .setSupportsAutonamingConfiguration(false);
    }),

    check: answer((request: messages.CheckRequest) => {
      const { inputs, failures } = operations.check({
        urn: request.getUrn(),
        inputs: fromStruct(request.getNews()),
        oldInputs: fromStruct(request.getOlds()),
        randomSeed: request.getRandomseed_asU8(),
      });
      return checkResponse(failures).setInputs(toStruct(inputs));
    }),
    diff: answer((request: messages.DiffRequest) => {
      const difference = operations.diff({
        urn: request.getUrn(),
        inputs: fromStruct(request.getNews()),
        oldInputs: fromStruct(request.getOldInputs()),
        state: fromStruct(request.getOlds()),
        ignoreChanges: request.getIgnorechangesList(),
      });
      return diffResponse(difference);
    }),
    create: answer(async (request: messages.CreateRequest) => {
      const preview = request.getPreview();
      const inputs = fromStruct(request.getProperties());
      if (!preview) assertKnown(inputs);
      const { id, outputs } = await operations.create({ urn: request.getUrn(), inputs, preview });
      return new messages.CreateResponse().setId(id).setProperties(toStruct(outputs));
    }),
    read: answer(async (request: messages.ReadRequest) => {
      const found = await operations.read({
        urn: request.getUrn(),
        id: request.getId(),
        state: fromStruct(request.getProperties()),
        inputs: fromStruct(request.getInputs()),
      });
      // An empty id tells the engine that the resource is gone.
      if (found === undefined) return new messages.ReadResponse();
      return new messages.ReadResponse()
        .setId(found.id)
        .setProperties(toStruct(found.outputs))
        .setInputs(toStruct(found.inputs));
    }),
    update: answer(async (request: messages.UpdateRequest) => {
      const preview = request.getPreview();
      const inputs = fromStruct(request.getNews());
      if (!preview) assertKnown(inputs);
      const outputs = await operations.update({
        urn: request.getUrn(),
        id: request.getId(),
        inputs,
        oldInputs: fromStruct(request.getOldInputs()),
        state: fromStruct(request.getOlds()),
        preview,
      });
      return new messages.UpdateResponse().setProperties(toStruct(outputs));
    }),
    delete: answer(async (request: messages.DeleteRequest) => {
      const state = fromStruct(request.getProperties());
      await operations.delete({ urn: request.getUrn(), id: request.getId(), state });
      return new empty.Empty();
    }),

    cancel: answer(() => {
      onCancel();
      return new empty.Empty();
    }),
    invoke: unimplemented('functions (invokes)'),
    call: unimplemented('methods (calls)'),
    construct: unimplemented('components'),
    parameterize: unimplemented('parameters'),
    attach: unimplemented('attaching: it is started by the engine'),
    getMapping: answer(() => new messages.GetMappingResponse()),
    getMappings: answer(() => new messages.GetMappingsResponse()),
    list: (call) => {
      call.destroy(Object.assign(new Error(unimplementedText('lists')), { code: grpc.status.UNIMPLEMENTED }));
    },
  };
}

function answer<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(handle)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          const details = error instanceof Error ? error.message : String(error);
          callback({ code: grpc.status.UNKNOWN, details });
        },
      );
  };
}

function unimplemented<Request, Response>(what: string): grpc.handleUnaryCall<Request, Response> {
  return (_call, callback) => {
    callback({ code: grpc.status.UNIMPLEMENTED, details: unimplementedText(what) });
  };
}

function unimplementedText(what: string): string {
  return `the sandbox's stand-in for this provider does not have ${what}`;
}

function checkResponse(failures: readonly string[]): messages.CheckResponse {
  // The reason names the property: were it set apart, the engine would print the property's value too.
  return new messages.CheckResponse().setFailuresList(
    failures.map((reason) => new messages.CheckFailure().setReason(reason)),
  );
}

function diffResponse({ differences, stables, deletesBeforeReplace }: ResourceDiff): messages.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const topLevel = (path: string): string => path.split(/[.[]/)[0] ?? path;
  const response = new messages.DiffResponse()
    .setChanges(differences.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList([...new Set(differences.map(({ path }) => topLevel(path)))].filter((name) => name !== ''))
    .setReplacesList([...new Set(differences.filter(({ replaces }) => replaces).map(({ path }) => topLevel(path)))])
    .setStablesList([...stables])
    .setDeletebeforereplace(deletesBeforeReplace)
    .setHasdetaileddiff(differences.some(({ path }) => path !== ''));
  for (const { path, kind, replaces } of differences) {
    if (path !== '') response.getDetaileddiffMap().set(path, propertyDiff(kind, replaces));
  }
  return response;
}

function propertyDiff(kind: Difference['kind'], replaces: boolean): messages.PropertyDiff {
  const kinds = messages.PropertyDiff.Kind;
  const kindNumber = {
    add: replaces ? kinds.ADD_REPLACE : kinds.ADD,
    delete: replaces ? kinds.DELETE_REPLACE : kinds.DELETE,
    update: replaces ? kinds.UPDATE_REPLACE : kinds.UPDATE,
  }[kind];
  return new messages.PropertyDiff().setKind(kindNumber).setInputdiff(true);
}

function assertKnown(inputs: ReturnType<typeof fromStruct>): void {
  const name = Object.keys(inputs).find((key) => containsUnknown(inputs[key] ?? null));
  if (name !== undefined) throw new Error(`"${name}" is not known, and this is no preview`);
}
