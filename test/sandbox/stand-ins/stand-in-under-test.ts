import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import * as grpc from '@grpc/grpc-js';
import { ResourceProviderClient } from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import { fromStruct, toStruct } from '../../../sandbox/stand-ins/provider/marshal.ts';
import {
  type Properties,
  type PropertyValue,
  revealAll,
  Secret,
} from '../../../sandbox/stand-ins/provider/property-value.ts';

const checkout = `${import.meta.dirname}/../../..`;
const node = `${checkout}/node_modules/.bin/node`;

export type StandInName = 'aws' | 'cloudflare';

export function executable(name: StandInName): string {
  return `${checkout}/sandbox/stand-ins/${name}/pulumi-resource-${name}`;
}

/** The environment of a spawned stand-in: the marker, and nothing of the tester's own accounts. */
export function standInEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', SLUICE_NODE: node, SLUICE_SANDBOX: '1', ...more };
}

export interface Resource {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** A stand-in as the engine meets it: a process spoken to over gRPC, in properties. */
export class StandIn {
  readonly process: ChildProcess;
  readonly client: ResourceProviderClient;

  constructor(process: ChildProcess, port: string) {
    this.process = process;
    this.client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  async checkConfig(args: Properties, providerName = 'default_1_0_0'): Promise<string[]> {
    const request = new messages.CheckRequest()
      .setUrn(`urn:pulumi:dev::test::pulumi:providers:any::${providerName}`)
      .setNews(toStruct(args));
    const response = await ask<messages.CheckResponse>((done) => this.client.checkConfig(request, done));
    return response.getFailuresList().map((failure) => failure.getReason());
  }

  configure(args: Properties): Promise<messages.ConfigureResponse> {
    const request = new messages.ConfigureRequest().setArgs(toStruct(args)).setAcceptsecrets(true);
    return ask((done) => this.client.configure(request, done));
  }

  /** The checked inputs with their secrets, and the failures' reasons. */
  async check(
    token: string,
    inputs: Properties,
    { olds = {}, seed = 'seed' }: { olds?: Properties; seed?: string } = {},
  ): Promise<{ inputs: Properties; failures: string[] }> {
    const request = new messages.CheckRequest()
      .setUrn(urn(token))
      .setNews(toStruct(inputs))
      .setOlds(toStruct(olds))
      .setRandomseed(Buffer.from(seed));
    const response = await ask<messages.CheckResponse>((done) => this.client.check(request, done));
    const failures = response.getFailuresList().map((failure) => failure.getReason());
    return { inputs: fromStruct(response.getInputs()), failures };
  }

  diff(
    token: string,
    { before, after, state = {} }: { before: Properties; after: Properties; state?: Properties },
  ): Promise<messages.DiffResponse> {
    const request = new messages.DiffRequest()
      .setId('id')
      .setUrn(urn(token))
      .setOlds(toStruct({ ...before, ...state }))
      .setOldInputs(toStruct(before))
      .setNews(toStruct(after));
    return ask((done) => this.client.diff(request, done));
  }

  /** `nothing`, `update` or `replace`, as the engine would plan it. */
  async decision(
    token: string,
    change: { before: Properties; after: Properties; state?: Properties },
  ): Promise<string> {
    const response = await this.diff(token, change);
    if (response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_NONE) return 'nothing';
    return response.getReplacesList().length > 0 ? 'replace' : 'update';
  }

  async create(token: string, inputs: Properties, preview = false): Promise<{ id: string; outputs: Properties }> {
    const request = new messages.CreateRequest().setUrn(urn(token)).setProperties(toStruct(inputs)).setPreview(preview);
    const response = await ask<messages.CreateResponse>((done) => this.client.create(request, done));
    return { id: response.getId(), outputs: fromStruct(response.getProperties()) };
  }

  /** Check and Create, as the engine makes a new resource. Outputs come with their secrets. */
  async make(token: string, program: Properties): Promise<Resource> {
    const { inputs, failures } = await this.check(token, program);
    expect(failures).toEqual([]);
    return { inputs, ...(await this.create(token, inputs)) };
  }

  /** Check, Diff and Update, as the engine changes one. */
  async change(token: string, resource: Resource, program: Properties, preview = false): Promise<Resource> {
    const { inputs, failures } = await this.check(token, program, { olds: resource.inputs });
    expect(failures).toEqual([]);
    const request = new messages.UpdateRequest()
      .setId(resource.id)
      .setUrn(urn(token))
      .setOlds(toStruct(resource.outputs))
      .setOldInputs(toStruct(resource.inputs))
      .setNews(toStruct(inputs))
      .setPreview(preview);
    const response = await ask<messages.UpdateResponse>((done) => this.client.update(request, done));
    return { id: resource.id, inputs, outputs: fromStruct(response.getProperties()) };
  }

  /** What a refresh finds; undefined when the resource is gone. */
  async refresh(token: string, { id, inputs, outputs }: Resource): Promise<Resource | undefined> {
    const request = new messages.ReadRequest()
      .setId(id)
      .setUrn(urn(token))
      .setProperties(toStruct(outputs))
      .setInputs(toStruct(inputs));
    const response = await ask<messages.ReadResponse>((done) => this.client.read(request, done));
    if (response.getId() === '') return undefined;
    return {
      id: response.getId(),
      inputs: fromStruct(response.getInputs()),
      outputs: fromStruct(response.getProperties()),
    };
  }

  async delete(token: string, { id, outputs }: Pick<Resource, 'id' | 'outputs'>): Promise<void> {
    const request = new messages.DeleteRequest().setId(id).setUrn(urn(token)).setProperties(toStruct(outputs));
    await ask((done) => this.client.delete(request, done));
  }

  async stop(): Promise<void> {
    this.client.close();
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill();
    await once(this.process, 'exit');
  }
}

export async function startStandIn(
  name: StandInName,
  environment: Readonly<Record<string, string>> = {},
): Promise<StandIn> {
  const child = spawn(executable(name), ['127.0.0.1:1'], {
    env: standInEnvironment(environment),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return new StandIn(child, port);
}

export function urn(token: string, logicalName = 'thing'): string {
  return `urn:pulumi:dev::test::sluice:index:Parent$${token}::${logicalName}`;
}

/** One call as a promise; it rejects with the service's own error. */
export function ask<Response>(
  call: (done: (error: grpc.ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    call((error, response) => {
      if (error === null) resolve(response);
      else reject(error);
    });
  });
}

/** Outputs as plain data, to compare. */
export function plain(outputs: Properties): Properties {
  return revealAll(outputs);
}

/** Stands for any text of this form in what is expected. */
export function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

/** What a value that must be a secret holds: two secrets cannot be compared from outside. */
export function revealed(value: PropertyValue | undefined): PropertyValue {
  if (value instanceof Secret) return value.reveal();
  throw new Error('this value is no secret');
}
