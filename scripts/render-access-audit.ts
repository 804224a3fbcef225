import type { Audit, TooMuch } from '../policies/audit/audit.ts';
import { alignedColumns } from '../proof/aligned-columns.ts';

/** Beyond this many, needless actions of one level are counted, not listed; `--json` has them all. */
const listedMax = 6;

/** An audit for people: what it serves, what is missing, what is too much, what to deploy instead. */
export function renderAudit(audit: Audit): string {
  return [
    `held against ${audit.place}`,
    alignedColumns(
      audit.purposes.map(({ name, missing }) => [
        missing.length === 0 ? 'serves' : 'fails',
        name,
        missing.map(({ right, call }) => (right === call ? right : `${right} (${call})`)).join(', '),
      ]),
    ),
    `measured as ${audit.purpose}:`,
    section(
      'missing',
      audit.missing.map(({ right, withoutIt }) => `${right}: ${withoutIt}`),
    ),
    section('too much', tooMuchLines(audit.tooMuch)),
    section(
      'without effect',
      audit.findings.map(({ place, what, fix }) => `${place}: ${what}: ${fix}`),
    ),
    section(
      'clients that would also be refused',
      audit.clients.map((habit) => `${habit.client}: ${habit.action}; instead: ${habit.instead}`),
    ),
    `the least that serves it:\n${JSON.stringify(audit.least, null, 2)}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function tooMuchLines(all: readonly TooMuch[]): readonly string[] {
  const byReason = Map.groupBy(all, ({ level, because }) => `${level}, ${because}`);
  return [...byReason.values()].map((group) => {
    const names = group.slice(0, listedMax).map(({ right }) => right);
    const more = group.length > listedMax ? ` and ${group.length - listedMax} more` : '';
    const [{ level, where, because } = { level: '', where: '', because: '' }] = group;
    return `${names.join(', ')}${more} on ${where} (${level}): ${because}`;
  });
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
