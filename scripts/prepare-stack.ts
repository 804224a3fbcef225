import { recoverInterrupted } from '../toolchain/interrupted-run.ts';
import type { PulumiWorkspace } from '../toolchain/run-pulumi.ts';
import { ensureStack } from '../toolchain/stack.ts';
import { narrate } from './output.ts';
import { orphanSettler } from './settle-orphans.ts';
import type { PulumiProject } from './stack.ts';

/**
 * Makes sure that Pulumi can start on the stack. The sandbox's is made where it is missing, and picked up where a run was
 * cut short; a real one is its owner's to make (`pulumi stack init`) and to unlock. Returns `workspace`.
 */
export async function prepareStack(project: PulumiProject, workspace: PulumiWorkspace): Promise<PulumiWorkspace> {
  const { name, sandbox } = project;
  if (sandbox === undefined) return workspace;
  const { created } = await ensureStack({ ...workspace, stack: name });
  if (!created)
    await recoverInterrupted({ ...workspace, stack: name, report: narrate, findId: orphanSettler(project, workspace) });
  return workspace;
}
