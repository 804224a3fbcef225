import { checkInputs, plannedInputs } from './check-inputs.ts';
import { type Difference, diffInputs } from './diff-inputs.ts';
import { plannedOutputs, plannedUpdate, refreshedInputs } from './plan.ts';
import { conceal, containsSecret, type Properties, type PropertyValue, revealAll } from './property-value.ts';
import type { Existing, ProviderDefinition, ResourceType } from './resource-type.ts';
import type { ProviderSchema, ResourceSchema } from './schema.ts';

/** Which resource a request speaks of. */
export interface Target {
  readonly urn: string;
}

export interface CheckRequest extends Target {
  readonly inputs: Properties;
  readonly oldInputs: Properties;
  readonly randomSeed: Uint8Array;
}

export interface DiffRequest extends Target {
  readonly inputs: Properties;
  readonly oldInputs: Properties;
  readonly state: Properties;
  readonly ignoreChanges: readonly string[];
}

export interface ResourceDiff {
  readonly differences: readonly Difference[];
  /** Inputs whose change would replace the resource, and which are as they were. */
  readonly stables: string[];
  readonly deletesBeforeReplace: boolean;
}

export interface UpdateRequest extends Target {
  readonly id: string;
  readonly inputs: Properties;
  readonly oldInputs: Properties;
  readonly state: Properties;
  readonly preview: boolean;
}

/** What a provider does, on properties instead of messages. Secrets come in and go out as secrets. */
export interface Operations {
  checkConfiguration(urn: string, inputs: Properties): string[];
  configure(inputs: Properties): Promise<void>;
  check(request: CheckRequest): { inputs: Properties; failures: string[] };
  diff(request: DiffRequest): ResourceDiff;
  create(request: Target & { inputs: Properties; preview: boolean }): Promise<Existing>;
  read(
    request: Target & { id: string; state: Properties; inputs: Properties },
  ): Promise<(Existing & { inputs: Properties }) | undefined>;
  update(request: UpdateRequest): Promise<Properties>;
  delete(request: Target & { id: string; state: Properties }): Promise<void>;
}

/** A provider as its definition says. */
export function operationsOf<Cloud>(definition: ProviderDefinition<Cloud>): Operations {
  const { schema } = definition;
  let configured: { readonly cloud: Cloud } | undefined;

  function cloud(): Cloud {
    if (configured === undefined) throw new Error(`the ${definition.name} stand-in was used before it was configured`);
    return configured.cloud;
  }

  return {
    checkConfiguration(urn, inputs) {
      const own = definition.checkConfiguration(revealAll(inputs));
      return own.map(({ property, reason }) => {
        const place = logicalName(urn).startsWith('default')
          ? `Check \`pulumi config get ${definition.name}:${property}\``
          : `Examine values at '${logicalName(urn)}.${property}'`;
        return `could not validate provider configuration: ${reason}. ${place}.`;
      });
    },

    async configure(inputs) {
      configured = { cloud: await definition.configure(revealAll(inputs)) };
    },

    check({ urn, inputs, oldInputs, randomSeed }) {
      const { type, resource } = find(definition, urn);
      const { storesDefaults } = definition;
      const name = logicalName(urn);
      const checked = checkInputs({
        schema,
        resource,
        logicalName: name,
        inputs,
        oldInputs: revealAll(oldInputs),
        randomSeed,
        storesDefaults,
      });
      const problems = [...checked.problems, ...(type.check?.(revealAll(inputs)) ?? [])];
      const failures = problems.map(({ property, reason }) => `${reason}. Examine values at '${name}.${property}'.`);
      if (failures.length > 0) return { inputs, failures };
      const completed = type.complete?.(checked.inputs, cloud()) ?? {};
      return { inputs: { ...completed, ...checked.inputs }, failures };
    },

    diff({ urn, inputs, oldInputs, state, ignoreChanges }) {
      const { type, resource } = find(definition, urn);
      const differences = diffInputs({
        members: resource.inputs,
        before: plan(schema, resource, oldInputs),
        after: plan(schema, resource, inputs),
        state: revealAll(state),
        ignoreChanges,
        means: meaningOf(type),
      });
      const changed = new Set(differences.map(({ path }) => path.split(/[.[]/)[0]));
      const stables = Object.entries(resource.inputs)
        .filter(([name, property]) => property.replaces === true && !changed.has(name))
        .map(([name]) => name);
      return { differences, stables, deletesBeforeReplace: type.deletesBeforeReplace ?? false };
    },

    async create({ urn, inputs, preview }) {
      const { type, resource } = find(definition, urn);
      const planned = plan(schema, resource, inputs);
      const secrets = secretNames(resource, inputs);
      if (preview) return { id: '', outputs: conceal(plannedOutputs(resource, planned), secrets) };
      const { id, outputs } = await type.create(cloud(), planned);
      return { id, outputs: conceal(outputs, secrets) };
    },

    async read({ urn, id, state, inputs }) {
      const { type, resource } = find(definition, urn);
      const known = { ...plan(schema, resource, inputs), ...revealAll(state) };
      const found = await type.read(cloud(), id, Object.keys(state).length === 0 ? revealAll(inputs) : known);
      if (found === undefined) return undefined;
      const secrets = secretNames(resource, inputs);
      return {
        id: found.id,
        outputs: conceal(found.outputs, secrets),
        inputs: conceal(refreshedInputs(resource, inputs, found.outputs, meaningOf(type)), secrets),
      };
    },

    async update({ urn, id, inputs, oldInputs, state, preview }) {
      const { type, resource } = find(definition, urn);
      const planned = plan(schema, resource, inputs);
      const before = plan(schema, resource, oldInputs);
      const plainState = revealAll(state);
      const secrets = secretNames(resource, inputs);
      if (preview) {
        const renews = type.renews?.(before, planned) ?? [];
        const keepsOutputs = definition.updatesKeepOutputs;
        return conceal(plannedUpdate({ resource, planned, state: plainState, keepsOutputs, renews }), secrets);
      }
      return conceal(
        await type.update(cloud(), { id, inputs: planned, oldInputs: before, state: plainState }),
        secrets,
      );
    },

    async delete({ urn, id, state }) {
      const { type } = find(definition, urn);
      await type.delete(cloud(), id, revealAll(state));
    },
  };
}

function find<Cloud>(
  definition: ProviderDefinition<Cloud>,
  urn: string,
): { type: ResourceType<Cloud>; resource: ResourceSchema } {
  const token = typeToken(urn);
  const type = definition.resourceTypes.find((candidate) => candidate.token === token);
  const resource = definition.schema.resources[token];
  if (type !== undefined && resource !== undefined) return { type, resource };
  const known = definition.resourceTypes.map((candidate) => candidate.token).join(', ');
  throw new Error(`the sandbox's ${definition.name} stand-in has no resource type ${token}; it has ${known}`);
}

/** `urn:pulumi:stack::project::parent$type::name` */
function typeToken(urn: string): string {
  return urn.split('::')[2]?.split('$').at(-1) ?? '';
}

/** The last part of a URN: the name that the program gave. It may hold `::` itself. */
export function logicalName(urn: string): string {
  return urn.split('::').slice(3).join('::');
}

function plan(schema: ProviderSchema, resource: ResourceSchema, inputs: Properties): Properties {
  return plannedInputs(schema, resource, revealAll(inputs));
}

/** What must be secret in the state: what the schema says, and whatever came in as a secret. */
function secretNames(resource: ResourceSchema, inputs: Properties): ReadonlySet<string> {
  const given = Object.entries(inputs).filter(([, value]) => containsSecret(value));
  return new Set([...resource.secretOutputs, ...given.map(([name]) => name)]);
}

function meaningOf<Cloud>(type: ResourceType<Cloud>) {
  return (property: string, before: PropertyValue, after: PropertyValue): boolean =>
    type.means?.(property, before, after) ?? false;
}
