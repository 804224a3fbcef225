import {
  isList,
  isProperties,
  optionalText,
  type Properties,
  type PropertyValue,
  text,
} from '../provider/property-value.ts';
import type { Change, Problem, ResourceType } from '../provider/resource-type.ts';
import { type ResourceSchema, resourceSchema } from '../provider/schema.ts';
import type { CloudflareCloud } from './cloud.ts';
import { cloudflareSchema } from './schema.ts';
import { fromWire, toWire } from './wire-names.ts';

/** A resource whose life is POST, GET, PUT and DELETE on one path: most of Cloudflare's. */
export interface ApiResource {
  readonly token: string;
  /** The collection's path below the account or zone: `access/apps`. */
  readonly collection: string;
  /** Whether a zone may own it in place of an account. */
  readonly zoneOwned?: boolean;
  /** Never taken from a read: the API does not tell them, or not truly. */
  readonly neverRead?: readonly string[];
  readonly check?: (inputs: Properties) => readonly Problem[];
  readonly means?: ResourceType<CloudflareCloud>['means'];
  readonly renews?: ResourceType<CloudflareCloud>['renews'];
  /** The inputs as they are planned, where the schema's defaults are not all. */
  readonly plan?: (inputs: Properties) => Properties;
  /** The body, from the properties in the API's own names. */
  readonly body?: (wire: Properties) => Properties;
  /** What a PUT says of an input that the program took away. */
  readonly cleared?: 'null' | 'omitted';
  /** The answer in the API's own names, before it becomes outputs: reordered or reduced to what the state can hold. */
  readonly answer?: (wire: Properties, state: Properties) => Properties;
  /** Whether what a read found counts as gone. */
  readonly isGone?: (wire: Properties) => boolean;
}

const ownerNames = ['accountId', 'zoneId'];

/** A type of resource whose inputs and outputs are an API object's own fields, by the paths and bodies of `resource`. */
export function apiResource(resource: ApiResource): ResourceType<CloudflareCloud> {
  const members = resourceSchema(cloudflareSchema, resource.token);
  const plan = resource.plan ?? ((inputs: Properties): Properties => inputs);

  const path = (owner: Properties, id?: string): string =>
    [ownerPath(owner), resource.collection, ...(id === undefined ? [] : [encodeURIComponent(id)])].join('/');
  const toBody = (inputs: Properties): Properties => {
    const wire = toWire(withoutNames(inputs, ownerNames));
    return resource.body?.(wire) ?? wire;
  };
  const fromAnswer = (wire: Properties, state: Properties): Properties =>
    fromWire(cloudflareSchema, members.outputs, resource.answer?.(wire, state) ?? wire);

  return {
    token: resource.token,
    check: (inputs) => [
      ...(resource.zoneOwned === true ? ownerProblems(inputs) : []),
      ...(resource.check?.(inputs) ?? []),
    ],
    ...(resource.means === undefined ? {} : { means: resource.means }),
    ...(resource.renews === undefined ? {} : { renews: resource.renews }),

    async create(cloud, inputs) {
      const planned = plan(inputs);
      const wire = await cloud.request({ method: 'post', path: path(planned), body: toBody(planned) });
      return { id: text(wire, 'id'), outputs: { ...fromAnswer(wire, planned), ...planned } };
    },

    async read(cloud, id, state) {
      const { owner, ownId } = ownerOf(id, state);
      const wire = await cloud.requestIfThere({ method: 'get', path: path(owner, ownId) });
      if (wire === undefined || resource.isGone?.(wire) === true) return undefined;
      return { id: ownId, outputs: readOutputs(members, fromAnswer(wire, state), { ...state, ...owner }, resource) };
    },

    async update(cloud, change) {
      const planned = plan(change.inputs);
      const body = toBody({ ...cleared(change, members, resource), ...planned });
      const wire = await cloud.request({ method: 'put', path: path(planned, change.id), body });
      return { ...keptOutputs(members, change.state), ...fromAnswer(wire, planned), ...planned };
    },

    async delete(cloud, id, state) {
      await cloud.request({ method: 'delete', path: path(state, id) });
    },
  };
}

/** An import's id names the owner too: `<account>/<id>`, or `accounts/<account>/<id>` where a zone may be the owner. */
function ownerOf(id: string, state: Properties): { owner: Properties; ownId: string } {
  const parts = id.split('/');
  const ownId = parts.at(-1) ?? id;
  const owner = parts.at(-2);
  if (owner === undefined) return { owner: pick(state, ownerNames), ownId };
  return { owner: { [parts[0] === 'zones' ? 'zoneId' : 'accountId']: owner }, ownId };
}

function ownerPath(owner: Properties): string {
  const zoneId = optionalText(owner, 'zoneId');
  if (zoneId !== undefined) return `/zones/${encodeURIComponent(zoneId)}`;
  return `/accounts/${encodeURIComponent(text(owner, 'accountId'))}`;
}

function ownerProblems(inputs: Properties): Problem[] {
  const owners = ownerNames.filter((name) => (inputs[name] ?? null) !== null);
  if (owners.length === 1) return [];
  return [
    { property: 'accountId', reason: 'Exactly one of these attributes must be configured: [account_id,zone_id]' },
  ];
}

/** A PUT writes the whole resource: an input that is gone from the program is sent as null, or it would stay. */
function cleared(
  { inputs, oldInputs, state }: Change,
  { inputs: members }: ResourceSchema,
  resource: ApiResource,
): Properties {
  if (resource.cleared === 'omitted') return {};
  const names = Object.keys(members).filter(
    (name) =>
      members[name]?.computed !== true &&
      (inputs[name] ?? null) === null &&
      ((oldInputs[name] ?? null) !== null || (state[name] ?? null) !== null),
  );
  return Object.fromEntries(names.map((name) => [name, null]));
}

/** Outputs that an update leaves as they are. */
function keptOutputs({ outputs }: ResourceSchema, state: Properties): Properties {
  return pick(
    state,
    Object.keys(outputs).filter((name) => outputs[name]?.keepsState === true),
  );
}

/**
 * All that the API told, except what it is never asked for. An optional input that was not set and that the API
 * answers as false or empty stays unset: the API fills in what means "nothing".
 */
function readOutputs(
  { inputs }: ResourceSchema,
  answer: Properties,
  state: Properties,
  { neverRead = [] }: ApiResource,
): Properties {
  const told = Object.entries(answer).filter(([name, value]) => {
    if (neverRead.includes(name)) return false;
    const isOptional = inputs[name] !== undefined && inputs[name].computed !== true;
    return !(isOptional && (state[name] ?? null) === null && isNothing(value));
  });
  return { ...pick(state, [...ownerNames, ...neverRead]), ...Object.fromEntries(told) };
}

function isNothing(value: PropertyValue): boolean {
  if (isList(value)) return value.length === 0;
  return value === false || value === '' || (isProperties(value) && Object.keys(value).length === 0);
}

/** The named properties that are set: null counts as unset. */
export function pick(properties: Properties, names: readonly string[]): Properties {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = properties[name] ?? null;
      return value === null ? [] : [[name, value] as const];
    }),
  );
}

function withoutNames(properties: Properties, names: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
}
