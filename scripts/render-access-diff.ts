import type { AccessDiff, ReviewedChange } from '../policies/access-diff/access-diff.ts';
import { abilityLetters } from './access-letters.ts';
import { alignedColumns } from '../proof/aligned-columns.ts';

const signs: Readonly<Record<ReviewedChange['kind'], string>> = {
  new: '＋',
  removed: '−',
  widens: '▲',
  narrows: '▼',
  rotates: '⟳',
  noted: '·',
};

/** The verdict as the first line of every form: `ACCESS WIDENS (2), 1 of them approved`. */
export function verdictLine({ verdict, widenings, approved }: AccessDiff): string {
  if (verdict === 'rotation-only') return 'ROTATION ONLY';
  if (verdict !== 'widens') return `ACCESS ${verdict.toUpperCase()}`;
  const said = approved === 0 ? '' : approved === widenings ? ', all approved' : `, ${approved} of them approved`;
  return `ACCESS WIDENS (${widenings})${said}`;
}

/** For a terminal: the verdict, a row per change, what is wrong with the approvals. */
export function renderAccessDiff(diff: AccessDiff): string {
  const head = ['', 'credential', 'provider', 'where', 'L R W D A', '', '', 'expires', 'note'];
  const rows = diff.changes.map((change) => [
    signs[change.kind],
    change.access,
    change.provider,
    change.where,
    letters(change.before, ' '),
    '->',
    letters(change.after, ' '),
    change.expiresOn ?? '',
    notesOf(change).join('; '),
  ]);
  return [
    verdictLine(diff),
    ...(rows.length > 0 ? [alignedColumns([head, ...rows])] : []),
    ...diff.approvalProblems,
  ].join('\n\n');
}

/** For a pull request: the same as Markdown. Everything that comes from configuration is escaped. */
export function renderAccessDiffMarkdown(diff: AccessDiff): string {
  const rows = diff.changes.map((change) =>
    [
      signs[change.kind],
      code(change.access),
      change.provider,
      code(change.where),
      `${code(letters(change.before, ''))} → ${code(letters(change.after, ''))}`,
      change.expiresOn ?? '',
      notesOf(change).map(plain).join('<br>'),
    ].join(' | '),
  );
  const table =
    rows.length === 0
      ? []
      : [
          [
            '| | credential | provider | where | LRWDA | expires | note |',
            '| --- | --- | --- | --- | --- | --- | --- |',
            ...rows.map((row) => `| ${row} |`),
          ].join('\n'),
        ];
  return [
    `**${verdictLine(diff)}** in stack ${code(diff.stack)}`,
    ...table,
    ...diff.approvalProblems.map((problem) => `:warning: ${plain(problem)}`),
  ].join('\n\n');
}

/** What the signs and letters mean, for people who see them for the first time. */
export const legend =
  '▲ widens, ▼ narrows, ＋ new, − removed, ⟳ rotates; **L**ist, **R**ead, **W**rite, **D**elete, **A**dminister.';

function letters(held: ReviewedChange['before'], separator: string): string {
  return held.includes('serve') ? 'serves' : abilityLetters(held, separator);
}

function notesOf({ notes, approvedBy }: ReviewedChange): readonly string[] {
  return [...notes, ...(approvedBy === undefined ? [] : [`approved by ${approvedBy}`])];
}

/** Text that Markdown takes as it is: no markup, no mention, no end of a cell. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|~@&$:]/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}

function code(text: string): string {
  return `\`${text.replace(/[`|\r\n]/g, '')}\``;
}
