import { exitCodes, type ExitCode } from '../base/user-error.ts';
import { type AccessDiff, accessDiff } from '../policies/access-diff/access-diff.ts';
import { accessFile } from '../policies/access-file.ts';
import { committedAccess, committedStacks, declaredConfiguration, stackNames } from './access-source.ts';
import { legend, renderAccessDiffMarkdown } from './render-access-diff.ts';

/** By this the workflow finds its own comment again. */
export const commentMarker = '<!-- sluice access review -->';

/** The review of every stack of a working tree against a git revision, removed stacks included. */
export async function reviewAccess(revision: string, directory?: string): Promise<readonly AccessDiff[]> {
  const stacks = await stackNames(directory);
  const kept = await Promise.all(
    stacks.map(async (stack) => {
      const configuration = await declaredConfiguration(stack, directory);
      return accessDiff({
        before: await committedAccess(stack, revision, directory),
        after: accessFile(configuration),
        approvedWidenings: configuration.approvedWidenings,
      });
    }),
  );
  const gone = (await committedStacks(revision, directory)).filter((stack) => !stacks.includes(stack));
  const removed = await Promise.all(
    gone.map(async (stack) => {
      const before = await committedAccess(stack, revision, directory);
      return before ? [accessDiff({ before, after: { ...before, credentials: [], domains: [] } })] : [];
    }),
  );
  return [...kept, ...removed.flat()];
}

/** The comment's text; undefined where there is nothing to say. Pure. */
export function accessComment(diffs: readonly AccessDiff[]): string | undefined {
  const telling = diffs.filter(({ changes, approvalProblems }) => changes.length + approvalProblems.length > 0);
  if (telling.length === 0) return undefined;
  return [commentMarker, ...telling.map(renderAccessDiffMarkdown), legend, closing(telling)].join('\n\n') + '\n';
}

/** What a review ends with: 2 for approvals that approve nothing, 4 for a widening that nobody approved. */
export function reviewExitCode(diffs: readonly AccessDiff[]): ExitCode {
  if (diffs.some(({ approvalProblems }) => approvalProblems.length > 0)) return exitCodes.usage;
  return diffs.some(({ widenings, approved }) => widenings > approved) ? exitCodes.accessWidens : exitCodes.done;
}

function closing(diffs: readonly AccessDiff[]): string {
  const files = diffs.map(({ stack }) => `\`access/${stack}.json\``).join(', ');
  const how =
    reviewExitCode(diffs) === exitCodes.accessWidens
      ? ' A widening passes with an entry in `approvedWidenings`, which its code owners review (docs/review.md).'
      : '';
  return `The policies themselves are in ${files} of this pull request.${how}`;
}
