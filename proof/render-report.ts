import { Ansis } from 'ansis';
import { alignedColumns } from './aligned-columns.ts';
import { type Check, type Report, answerInWords } from './report.ts';

/**
 * A report for people: a line with the verdict, a table of what was tried, and a sentence for everything that did not
 * pass. Ends without a line break. `colours` only where the reader's terminal shows them.
 */
export function renderReport(report: Report, { colours = false }: { colours?: boolean } = {}): string {
  const paint = new Ansis(colours ? 1 : 0);
  return [headline(report, paint), checkTable(report.checks, paint), ...remarks(report, paint)]
    .filter((part) => part !== '')
    .join('\n');
}

const colourOf = { passed: 'green', failed: 'red', 'not-proven': 'yellow' } as const;
const wordOf = { passed: 'passed', failed: 'FAILED', 'not-proven': 'not proven' } as const;

function headline({ subject, where, verdict, durationMs }: Report, paint: Ansis): string {
  const { outcome, counts } = verdict;
  const parts = (['passed', 'failed', 'not-proven'] as const)
    .filter((each) => counts[each] > 0)
    .map((each) => `${counts[each]} ${each === 'not-proven' ? 'not proven' : each}`);
  const seconds = (durationMs / 1000).toFixed(1);
  const name = paint.bold(subject);
  return `${name}  ${where}  ${paint[colourOf[outcome]](wordOf[outcome])} (${parts.join(', ')}; ${seconds} s)`;
}

function checkTable(checks: readonly Check[], paint: Ansis): string {
  if (checks.length === 0) return '';
  const rows = checks.map(({ ability, place, operation, how, expect, excess, seen, outcome }) => [
    ability,
    place,
    how === undefined ? operation : `${operation} ${how}`,
    excess === undefined ? expect : `${expect} (excess)`,
    seen === undefined ? '-' : answerInWords(seen),
    paint[colourOf[outcome]](wordOf[outcome]),
  ]);
  const titles = ['ability', 'place', 'call', 'must be', 'answer', 'outcome'].map((title) => paint.dim(title));
  return alignedColumns([titles, ...rows])
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

const findingTitle = {
  'too-much': 'too much',
  'too-little': 'too little',
  credential: 'bad credential',
  unclear: 'unclear',
} as const;

function remarks({ checks, leftBehind }: Report, paint: Ansis): string[] {
  const failed = checks
    .filter(({ outcome }) => outcome === 'failed')
    .map(
      ({ finding, because }) => `${paint.red(finding === undefined ? 'failed' : findingTitle[finding])}: ${because}`,
    );
  const open = new Map<string, number>();
  for (const { outcome, because } of checks) {
    if (outcome === 'not-proven') open.set(because, (open.get(because) ?? 0) + 1);
  }
  return [
    ...failed,
    ...[...open].map(([because, count]) => `${paint.yellow('not proven')} (${count}): ${because}`),
    ...leftBehind.map((each) => `${paint.red('left behind')}: ${each}`),
  ];
}
