import { z } from 'zod';
import { S3Error } from './s3-error.ts';

/** What a form may hold, as its signer laid down (S3 API reference, "POST policy"). Pure. */
const bytes = z.union([
  z.int().nonnegative(),
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
]);
const conditionSchema = z.union([
  z
    .tuple([z.string().regex(/^eq$/i), z.string().regex(/^\$./), z.string()])
    .transform(([, name, value]) => exact(name, value)),
  z
    .tuple([z.string().regex(/^starts-with$/i), z.string().regex(/^\$./), z.string()])
    .transform(([, name, prefix]) => ({ field: fieldOf(name), prefix })),
  z
    .tuple([z.string().regex(/^content-length-range$/i), bytes, bytes])
    .transform(([, bytesMin, bytesMax]) => ({ bytesMin, bytesMax })),
  z
    .record(z.string(), z.string())
    .refine((given) => Object.keys(given).length === 1)
    .transform((given) => {
      const [[name, value] = ['', '']] = Object.entries(given);
      return exact(`$${name}`, value);
    }),
]);

const policySchema = z.object({
  expiration: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  conditions: z.array(conditionSchema),
});
export type PostPolicy = z.infer<typeof policySchema>;

function exact(name: string, value: string): { readonly field: string; readonly value: string } {
  return { field: fieldOf(name), value };
}

/** `$Content-Type`; names of fields do not care for case. */
function fieldOf(name: string): string {
  return name.slice(1).toLowerCase();
}

/** Reads a policy field. Throws `InvalidPolicyDocument`. */
export function parsePostPolicy(base64: string): PostPolicy {
  try {
    const parsed = policySchema.safeParse(JSON.parse(Buffer.from(base64, 'base64').toString('utf8')));
    if (parsed.success) return parsed.data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new S3Error('InvalidPolicyDocument', 'Invalid Policy: Invalid JSON.');
  }
  throw new S3Error('InvalidPolicyDocument', 'Invalid Policy: not an expiration with conditions.');
}

/** Fields that no condition need name. */
const unconditioned = /^(policy|x-amz-signature|file|x-ignore-.*)$/;

/**
 * Holds a form to its policy: not past its time, every condition met, and no field that no condition speaks of. `fields` are the
 * form's, with `bucket` from the address. Throws `AccessDenied`.
 */
export function checkPostPolicy(
  { expiration, conditions }: PostPolicy,
  fields: ReadonlyMap<string, string>,
  now: Date,
): void {
  if (expiration <= now) throw violated('Policy expired.');
  const named = new Set<string>();
  for (const condition of conditions) {
    if (!('field' in condition)) continue;
    const { field } = condition;
    named.add(field);
    const given = fields.get(field) ?? '';
    const isMet = 'value' in condition ? given === condition.value : startsWith(field, given, condition.prefix);
    if (isMet) continue;
    const [operator, wanted] = 'value' in condition ? ['eq', condition.value] : ['starts-with', condition.prefix];
    throw violated(`Policy Condition failed: ${JSON.stringify([operator, `$${field}`, wanted])}`);
  }
  const extra = [...fields.keys()].find((field) => !named.has(field) && !unconditioned.test(field));
  if (extra !== undefined) throw violated(`Extra input fields: ${extra}`);
}

/** Of a list of content types, each must match. */
function startsWith(field: string, given: string, prefix: string): boolean {
  const values = field === 'content-type' ? given.split(',') : [given];
  return values.every((value) => value.trim().startsWith(prefix));
}

function violated(rule: string): S3Error {
  return new S3Error('AccessDenied', `Invalid according to Policy: ${rule}`);
}

/** `file`, refused where it is shorter or longer than the policy allows. Throws `EntityTooSmall`, `EntityTooLarge` as it is read. */
export async function* withinRange(file: AsyncIterable<Buffer>, { conditions }: PostPolicy): AsyncGenerator<Buffer> {
  const ranges = conditions.flatMap((condition) => ('bytesMin' in condition ? [condition] : []));
  const bytesMin = Math.max(0, ...ranges.map((range) => range.bytesMin));
  const bytesMax = Math.min(...ranges.map((range) => range.bytesMax));
  let sizeBytes = 0;
  for await (const chunk of file) {
    sizeBytes += chunk.length;
    if (sizeBytes > bytesMax) {
      throw new S3Error('EntityTooLarge', undefined, { MaxSizeAllowed: String(bytesMax) });
    }
    yield chunk;
  }
  if (sizeBytes >= bytesMin) return;
  throw new S3Error('EntityTooSmall', undefined, { ProposedSize: String(sizeBytes), MinSizeAllowed: String(bytesMin) });
}
