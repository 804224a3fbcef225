import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import { askPulumi } from './run-pulumi.ts';
import type { PulumiWorkspace } from './run-pulumi.ts';
import { fileBackendDirectory } from './stack-locks.ts';

const stackListSchema = z.array(z.object({ name: z.string() }));

/** A stack's name as the file backend knows it. */
export interface StackOptions extends PulumiWorkspace {
  readonly stack: string;
}

/** Whether the backend has the stack already (`organization/project/stack` names count by their last part). */
async function hasStack({ stack, ...workspace }: StackOptions): Promise<boolean> {
  if (await isInFileBackend(workspace, stack)) return true;
  const listed = stackListSchema.parse(JSON.parse(await askPulumi(workspace, 'stack', 'ls', '--json')));
  return listed.some(({ name }) => name === stack || name.endsWith(`/${stack}`));
}

const projectSchema = z.object({ name: z.string() });

/** A look at the file that a file backend keeps a stack in: it spares every ordinary run a start of the CLI. */
async function isInFileBackend(workspace: PulumiWorkspace, stack: string): Promise<boolean> {
  return (await stateInFileBackend(workspace, stack)) !== undefined;
}

/** The text of the file that a file backend keeps a stack in; undefined without such a backend or file. */
async function stateInFileBackend(
  { workingDirectory, environment }: PulumiWorkspace,
  stack: string,
): Promise<string | undefined> {
  const backend = fileBackendDirectory(environment);
  if (backend === undefined) return undefined;
  try {
    const project = projectSchema.parse(parse(await readFile(path.join(workingDirectory, 'Pulumi.yaml'), 'utf8')));
    return await readFile(path.join(backend, 'stacks', project.name, `${stack}.json`), 'utf8');
  } catch {
    return undefined;
  }
}

/** A checkpoint of the file backend, as far as the outputs: those of the stack's own resource. */
const checkpointSchema = z.object({
  checkpoint: z.object({
    latest: z
      .object({
        resources: z
          .array(z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() }))
          .nullish(),
      })
      .nullish(),
  }),
});

/**
 * The stack's outputs without its secrets, which stay what the backend has of them; empty where nothing is deployed.
 * Reads a file backend's file itself, which takes a hundredth of the time that the CLI takes.
 */
export async function publicOutputs({ stack, ...workspace }: StackOptions): Promise<Record<string, unknown>> {
  const text = await stateInFileBackend(workspace, stack);
  if (text === undefined) {
    if (!(await hasStack({ stack, ...workspace }))) return {};
    return stackOutputs({ stack, ...workspace, showSecrets: false });
  }
  const { latest } = checkpointSchema.parse(JSON.parse(text)).checkpoint;
  return latest?.resources?.find(({ type }) => type === 'pulumi:pulumi:Stack')?.outputs ?? {};
}

/** Makes the stack where it is missing, encrypted with the passphrase of the environment; says whether it did. */
export async function ensureStack(options: StackOptions): Promise<{ created: boolean }> {
  if (await hasStack(options)) return { created: false };
  const { stack, ...workspace } = options;
  await askPulumi(workspace, 'stack', 'init', stack, '--secrets-provider', 'passphrase', '--no-select');
  return { created: true };
}

/**
 * The stack's outputs as one plain object. Secrets are `"[secret]"` unless `showSecrets`; who asks for them must
 * neither print nor write them. Throws a UserError where the stack was never deployed.
 */
export async function stackOutputs({
  showSecrets,
  stack,
  ...workspace
}: StackOptions & { readonly showSecrets: boolean }): Promise<Record<string, unknown>> {
  await requireStack({ stack, ...workspace });
  const text = await askPulumi(
    workspace,
    'stack',
    'output',
    '--json',
    '--stack',
    stack,
    ...(showSecrets ? ['--show-secrets'] : []),
  );
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
}

async function requireStack(options: StackOptions): Promise<void> {
  if (await hasStack(options)) return;
  throw new UserError({
    where: `stack ${options.stack}`,
    what: 'it has not been deployed',
    fix: `npm run sluice -- up --stack ${options.stack}`,
  });
}

/** One resource as the state has it; other fields are kept as they are. */
const resourceSchema = z.looseObject({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
});
export type StackResource = z.infer<typeof resourceSchema>;

const operationSchema = z.looseObject({ type: z.string(), resource: resourceSchema });

export const stackExportSchema = z.looseObject({
  version: z.number(),
  deployment: z.looseObject({
    resources: z.array(resourceSchema).nullish(),
    pending_operations: z.array(operationSchema).nullish(),
  }),
});
export type StackExport = z.infer<typeof stackExportSchema>;

/** The stack's state, with its secrets encrypted. */
export async function stackExport({ stack, ...workspace }: StackOptions): Promise<StackExport> {
  return stackExportSchema.parse(JSON.parse(await askPulumi(workspace, 'stack', 'export', '--stack', stack)));
}
