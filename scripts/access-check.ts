/** `npm run check`, its access part: every committed access file says what its stack's configuration gives today. */
import { relative } from 'node:path';
import { UserError } from '../base/user-error.ts';
import { formatAccessFile } from '../policies/access-file.ts';
import { accessFilePath, declaredAccess, stackNames } from './access-source.ts';
import { checkout } from './checkout.ts';
import { narrate } from './output.ts';
import { readStackText } from './stack.ts';

for (const stack of await stackNames(checkout)) {
  const file = accessFilePath(stack, checkout);
  try {
    if ((await readStackText(file)) === formatAccessFile(await declaredAccess(stack, checkout))) continue;
    narrate(`${relative(checkout, file)} is stale: run \`npm run sluice -- access --stack ${stack} --write\``);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    narrate(`Pulumi.${stack}.yaml: ${error.message}`);
  }
  process.exitCode = 1;
}
