import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import type { ProcessResult } from '../toolchain/run-process.ts';
import { runPulumi, type RunPulumiOptions } from '../toolchain/run-pulumi.ts';
import { checkout, stackDirectory } from './checkout.ts';

/** The engine's event for a finding of a policy (Pulumi, apitype.EngineEvent); other events are of no interest here. */
const refusalSchema = z.object({
  policyEvent: z.object({
    enforcementLevel: z.literal('mandatory'),
    policyName: z.string(),
    resourceUrn: z.string().default(''),
  }),
});

/**
 * Runs `pulumi preview` or `pulumi up` with the guardrails: policies/guardrails, with what `guardrails.<stack>.json` beside the
 * stack file says about levels and exceptions (docs/guardrails.md). Throws `UserError` where a mandatory rule refused the
 * run; how else it ended is the result. Pulumi's exit code does not tell the two apart, its events do: they go to a file
 * that lives as long as the run, with secrets left out by Pulumi.
 */
export async function runWithGuardrails(stack: string, run: RunPulumiOptions): Promise<ProcessResult> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-guardrails-'));
  try {
    const events = join(directory, 'events.json');
    const result = await runPulumi({
      ...run,
      arguments: [...run.arguments, ...guardrailWords(stack), '--event-log', events],
      // Without it Pulumi does not know --event-log.
      environment: { ...run.environment, PULUMI_DEBUG_COMMANDS: 'true' },
    });
    const refusals = result.exitCode === 0 ? [] : refusalsIn(await readFile(events, 'utf8').catch(() => ''));
    if (refusals.length > 0) throw refusalError(run.arguments[0] ?? '', stack, refusals);
    return result;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function guardrailWords(stack: string): string[] {
  const configuration = join(stackDirectory, `guardrails.${stack}.json`);
  return [
    ...['--policy-pack', join(checkout, 'policies', 'guardrails')],
    ...(existsSync(configuration) ? ['--policy-pack-config', configuration] : []),
  ];
}

/** The mandatory findings in an event log, as `rule (resource)`; a line that is cut off or is something else is passed over. */
export function refusalsIn(events: string): string[] {
  const found = events.split('\n').flatMap((line) => {
    const { data } = refusalSchema.safeParse(parsed(line));
    if (data === undefined) return [];
    const { policyName, resourceUrn } = data.policyEvent;
    const resource = resourceUrn.split('::').at(-1) ?? '';
    return [resource === '' ? policyName : `${policyName} (${resource})`];
  });
  return [...new Set(found)];
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function refusalError(word: string, stack: string, refusals: readonly string[]): UserError {
  return new UserError({
    where: `pulumi ${word}`,
    what: `the guardrails refused it: ${refusals.join(', ')}; what, why and the fix are above`,
    fix: `mend it, or except the resource with a reason in guardrails.${stack}.json (docs/guardrails.md)`,
  });
}
