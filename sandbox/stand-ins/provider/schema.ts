import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The part of a public provider schema that a stand-in checks inputs against; the files lie in ../schema. */
const property = z.strictObject({
  type: z.enum(['string', 'boolean', 'number', 'array', 'object', 'any']).optional(),
  /** The name of a type in the schema's `types`. */
  ref: z.string().optional(),
  get items() {
    return property.optional();
  },
  get additionalProperties() {
    return property.optional();
  },
  get oneOf() {
    return z.array(property).optional();
  },
  enum: z.array(z.string()).optional(),
  enumIgnoresCase: z.boolean().optional(),
  minimum: z.number().optional(),
  required: z.boolean().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  /** A change needs a new resource. */
  replaces: z.boolean().optional(),
  /** The provider fills it when it is absent, so that its removal from a program is no change. */
  computed: z.boolean().optional(),
  /** An array whose order means nothing. */
  set: z.boolean().optional(),
  conflictsWith: z.array(z.string()).optional(),
  autoName: z.strictObject({ maxLength: z.int(), lowerCase: z.boolean().optional() }).optional(),
  /** A JSON policy, which a program may also give as an object. */
  policyDocument: z.boolean().optional(),
  deprecated: z.boolean().optional(),
  secret: z.boolean().optional(),
  /** An output that an update leaves as it is, so that a preview knows it. */
  keepsState: z.boolean().optional(),
});
export type PropertySchema = z.infer<typeof property>;

const properties = z.record(z.string(), property);
export type PropertiesSchema = z.infer<typeof properties>;

const resource = z.strictObject({
  aliases: z.array(z.string()),
  inputs: properties,
  outputs: properties,
  secretOutputs: z.array(z.string()),
});
export type ResourceSchema = z.infer<typeof resource>;

const provider = z.strictObject({
  name: z.string(),
  version: z.string(),
  provider: z.strictObject({ inputs: properties }),
  types: z.record(z.string(), z.strictObject({ properties })),
  resources: z.record(z.string(), resource),
});
export type ProviderSchema = z.infer<typeof provider>;

/** The schema of one stand-in, read from ../schema. */
export function readProviderSchema(name: 'aws' | 'cloudflare'): ProviderSchema {
  return provider.parse(JSON.parse(readFileSync(`${import.meta.dirname}/../schema/${name}.json`, 'utf8')));
}

/** The members of the type that `property` refers to. */
export function membersOf(schema: ProviderSchema, { ref }: PropertySchema): PropertiesSchema {
  const type = ref === undefined ? undefined : schema.types[ref];
  if (type === undefined) throw new Error(`the schema of ${schema.name} lacks the type ${String(ref)}`);
  return type.properties;
}

/** The inputs and outputs of one resource type. */
export function resourceSchema(schema: ProviderSchema, token: string): ResourceSchema {
  const found = schema.resources[token];
  if (found === undefined) throw new Error(`the schema of ${schema.name} lacks ${token}`);
  return found;
}
