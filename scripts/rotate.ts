import { readFile, writeFile } from 'node:fs/promises';
import { type DeployedGenerations, inventory, type InventoryEntry } from '../credentials/inventory.ts';
import { nextStep, type RotationStep } from '../credentials/rotation.ts';
import { setGenerations } from '../toolchain/stack-file.ts';
import { type Stack, today } from './stack.ts';

export interface PlannedStep {
  readonly name: string;
  readonly where: string;
  readonly step: RotationStep;
}

/** The next step of each credential's rotation; with `name` only those of one migration, hostname or credential. */
export function planRotation(stack: Stack, deployed: DeployedGenerations, name?: string): PlannedStep[] {
  return inventory(stack.configuration, deployed)
    .filter((entry) => name === undefined || entry.name === name || entry.name.startsWith(`${name}/`))
    .map((entry) => ({ name: entry.name, where: entry.where, step: stepOf(entry) }));
}

function stepOf({ configured, deployed }: InventoryEntry): RotationStep {
  const { issuedOn, expiresOn } = configured.current;
  const ttlDays = expiresOn === undefined ? undefined : (Date.parse(expiresOn) - Date.parse(issuedOn)) / 86_400_000;
  return nextStep({ configured, deployed, today: today(), ...(ttlDays === undefined ? {} : { ttlDays }) });
}

/** Writes the planned generations into the stack file; comments and layout stay. Returns how many credentials changed. */
export async function writeRotation({ stackFile }: Stack, plan: readonly PlannedStep[]): Promise<number> {
  const before = await readFile(stackFile, 'utf8');
  const written = plan.filter(({ step }) => step.kind !== 'deploy');
  const after = written.reduce(
    (text, { where, step }) => (step.kind === 'deploy' ? text : setGenerations(text, where, step.write)),
    before,
  );
  if (after !== before) await writeFile(stackFile, after);
  return written.length;
}
