import { readFile, writeFile } from 'node:fs/promises';
import { UserError } from '../base/user-error.ts';
import { stampIssuedOn } from '../toolchain/stack-file.ts';
import { narrate } from './output.ts';
import { isSandboxStack, readStackText, stackFileIn, today } from './stack.ts';
import { stackDirectory } from './checkout.ts';

/**
 * Offers to write today's date into every credential of a stack file that has none: expiry counts from it, and a date that
 * moved with the clock would renew every credential at every deploy. The sandbox's copy is stamped without asking, when it is
 * written. Throws `UserError` where the answer is no.
 */
export async function stampMissingDates(
  stack: string,
  confirmed: (question: string) => Promise<boolean>,
): Promise<void> {
  const file = stackFileIn(stackDirectory, stack);
  if ((await readStackText(file)) === undefined || (await isSandboxStack(stack))) return;
  const { text, stamped } = stampIssuedOn(await readFile(file, 'utf8'), today(), file);
  if (stamped.length === 0) return;
  const places = stamped.map(({ path }) => `${path}.current.issuedOn`);
  if (!(await confirmed(`Write today's date (${today()}) into ${file} as ${places.join(', ')}?`))) {
    throw new UserError({
      where: places[0] ?? file,
      what: 'is missing: the day from which the credential ages',
      fix: `write issuedOn: "${today()}" there`,
    });
  }
  await writeFile(file, text);
  narrate(`written: commit ${file} with the deploy`);
}
