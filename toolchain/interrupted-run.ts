import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { askPulumi } from './run-pulumi.ts';
import { stackExport } from './stack.ts';
import type { StackExport, StackOptions, StackResource } from './stack.ts';
import { fileBackendDirectory, removeDeadLocks } from './stack-locks.ts';

/** A step that was under way when Pulumi was ended by force: nobody wrote down whether it happened. */
export interface InterruptedOperation {
  readonly kind: string;
  readonly urn: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface RecoverOptions extends StackOptions {
  readonly report: (line: string) => void;
  /**
   * The id under which an interrupted creation can be found if it did happen, or undefined when it has to be done again.
   * It may also clean up what was left. `idFromName` unless said.
   */
  readonly findId?: (operation: InterruptedOperation) => Promise<string | undefined>;
}

/** Resources whose id is their name: creating one again would fail with "already exists". */
const nameInputs: Readonly<Record<string, string>> = {
  'aws:iam/user:User': 'name',
  'aws:iam/role:Role': 'name',
  'aws:s3/bucket:Bucket': 'bucket',
  'cloudflare:index/r2Bucket:R2Bucket': 'name',
};

/** The id of a resource that is called by its name; undefined for all others. */
export function idFromName({ type, inputs }: InterruptedOperation): Promise<string | undefined> {
  const name = inputs[nameInputs[type] ?? ''];
  return Promise.resolve(typeof name === 'string' ? name : undefined);
}

/**
 * Makes a stack usable again after a run that was killed: removes the dead run's lock, settles its unfinished steps and
 * returns them. The engine itself only warns about those, at every run, for ever.
 *
 * An interrupted creation that can be found again is adopted into the state, any other is forgotten (what it may have
 * made is the caller's to find: the operations are returned); then a refresh reads what really is there. A clean stack
 * costs two file reads. Throws a UserError when another run is at work, or Pulumi refuses.
 */
export async function recoverInterrupted(options: RecoverOptions): Promise<InterruptedOperation[]> {
  const { stack, report, findId = idFromName, ...workspace } = options;
  const locks = await removeDeadLocks(workspace.environment, stack);
  if (locks > 0) report(`an earlier run on stack ${stack} was interrupted; its lock is removed`);
  if (!(await mayHavePending(workspace.environment, stack))) return [];
  const state = await stackExport({ stack, ...workspace });
  const pending = state.deployment.pending_operations ?? [];
  if (pending.length === 0) return [];
  const adopted: StackResource[] = [];
  const operations: InterruptedOperation[] = [];
  for (const { type: kind, resource } of pending) {
    const operation = { kind, urn: resource.urn, type: resource.type, inputs: resource.inputs ?? {} };
    operations.push(operation);
    const id = kind === 'creating' && !isInState(state, resource.urn) ? await findId(operation) : undefined;
    report(
      `interrupted while ${kind} ${resource.urn}: ${id === undefined ? 'done again where needed' : `looked up as ${id}`}`,
    );
    if (id !== undefined) adopted.push({ ...resource, id, outputs: resource.inputs ?? {} });
  }
  await importState({ stack, ...workspace }, settled(state, adopted));
  await askPulumi(workspace, 'refresh', '--yes', '--skip-preview', '--stack', stack);
  return operations;
}

/** The state without unfinished steps; what is adopted comes last, since all that it needs stands before it. */
function settled(state: StackExport, adopted: StackResource[]): StackExport {
  const { resources, ...deployment } = state.deployment;
  return {
    ...state,
    deployment: { ...deployment, resources: [...(resources ?? []), ...adopted], pending_operations: [] },
  };
}

function isInState({ deployment }: StackExport, urn: string): boolean {
  return (deployment.resources ?? []).some((resource) => resource.urn === urn);
}

/** The state goes through a file that only we can read; its secrets are encrypted in it, as in the backend. */
async function importState({ stack, ...workspace }: StackOptions, state: StackExport): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'sluice-state-'));
  try {
    const file = path.join(directory, 'state.json');
    await writeFile(file, JSON.stringify(state), { mode: 0o600 });
    await askPulumi(workspace, 'stack', 'import', '--stack', stack, '--file', file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Looks into a file backend directly, which spares every ordinary run a start of the CLI; elsewhere Pulumi is asked. */
async function mayHavePending(environment: NodeJS.ProcessEnv, stack: string): Promise<boolean> {
  const backend = fileBackendDirectory(environment);
  if (backend === undefined) return true;
  const stacks = path.join(backend, 'stacks');
  const files = await readdir(stacks, { recursive: true }).catch(() => []);
  for (const file of files.filter((name) => path.basename(name) === `${stack}.json`)) {
    if ((await readFile(path.join(stacks, file), 'utf8')).includes('"pending_operations"')) return true;
  }
  return false;
}
