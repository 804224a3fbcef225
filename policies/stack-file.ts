import { type Document, parseDocument } from 'yaml';
import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import { configurationKey, structuredValue } from './pulumi-configuration.ts';

const stackFileSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).nullish() });
const projectFileSchema = stackFileSchema.extend({ name: z.string() });
const declarationSchema = z.strictObject({
  type: z.unknown().optional(),
  description: z.unknown().optional(),
  items: z.unknown().optional(),
  secret: z.unknown().optional(),
  value: z.unknown().optional(),
  default: z.unknown().optional(),
});

/**
 * The values under `sluice:` that a program would see on this stack, read from files alone: the stack file's, and where
 * it has none, `value` or `default` of the project file's `config:` block. Values come out as `valuesOfPulumiConfig` gives
 * them, an unquoted date included, so that a review and a deployment refuse the same mistakes.
 * Throws `UserError` for text that is not YAML or not such a file.
 */
export function configurationValues(stackFileText: string, projectFileText: string): Record<string, unknown> {
  const project = readFile('Pulumi.yaml', projectFileText, projectFileSchema);
  const stack = readFile('stack file', stackFileText, stackFileSchema);
  const declared = Object.entries(project.config ?? {}).flatMap(([key, declaration]): [string, unknown][] => {
    const value = declaredValue(declaration);
    // Pulumi: a key without a namespace in a project file is in the project's own.
    return value === undefined ? [] : [[key.includes(':') ? key : `${project.name}:${key}`, value]];
  });
  return Object.fromEntries(
    [...declared, ...Object.entries(stack.config ?? {})].flatMap(([key, value]) => {
      const name = configurationKey(key);
      return name === undefined ? [] : [[name, asPulumiHandsItOver(name, value)]];
    }),
  );
}

function declaredValue(declaration: unknown): unknown {
  const parsed = declarationSchema.safeParse(declaration);
  if (!parsed.success) return declaration;
  return parsed.data.value ?? parsed.data.default;
}

/** At the top of a key everything plain becomes text; within an object or list, only dates do. */
function asPulumiHandsItOver(name: string, value: unknown): unknown {
  const handed = withDatesAsText(value);
  if (typeof handed === 'string') return structuredValue(name, handed);
  return typeof handed === 'object' && handed !== null ? handed : JSON.stringify(handed ?? '');
}

/** Go prints a YAML date as `2026-11-22 00:00:00 +0000 UTC`. */
function withDatesAsText(value: unknown): unknown {
  if (value instanceof Date) return `${value.toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
  if (Array.isArray(value)) return value.map(withDatesAsText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withDatesAsText(item)]));
}

/** An alias that names nothing, or aliases of aliases that would fill the memory, show only when they are followed. */
function valueOf(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw new UserError({
      where: name,
      what: `its aliases cannot be followed: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: 'write the values out in full',
      cause,
    });
  }
}

function readFile<Schema extends z.ZodType>(name: string, text: string, schema: Schema): z.infer<Schema> {
  // Pulumi's YAML reader takes an unquoted date for a date; npm's default schema would leave it text.
  const document = parseDocument(text, { customTags: ['timestamp'], merge: true });
  const [error] = document.errors;
  if (error) throw new UserError({ where: name, what: `is not YAML: ${error.message}`, cause: error });
  const parsed = schema.safeParse(valueOf(document, name) ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UserError({
    where: `${name}, ${issue?.path.join('.') || 'top'}`,
    what: issue?.message ?? 'is not a Pulumi file',
    fix: 'write it as Pulumi describes: config: and below it one key a line',
  });
}
