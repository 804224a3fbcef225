/**
 * What the workflow runs: `node scripts/access-review.ts REVISION FILE` writes the pull request's comment to FILE, an empty file
 * where there is nothing to say, and ends with the review's exit code.
 */
import { writeFile } from 'node:fs/promises';
import { exitCodes, UserError } from '../base/user-error.ts';
import { accessComment, reviewAccess, reviewExitCode } from './access-comment.ts';
import { narrate } from './output.ts';
import { verdictLine } from './render-access-diff.ts';

const [revision, file] = process.argv.slice(2);
try {
  if (revision === undefined || file === undefined) {
    throw new UserError({
      what: 'takes a git revision and a file',
      fix: 'node scripts/access-review.ts main comment.md',
    });
  }
  const diffs = await reviewAccess(revision);
  await writeFile(file, accessComment(diffs) ?? '');
  for (const diff of diffs) narrate(`${diff.stack}: ${verdictLine(diff)}`);
  process.exitCode = reviewExitCode(diffs);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  narrate(`access review: ${error.message}`);
  process.exitCode = exitCodes.usage;
}
