import type { Summary } from '../engine/summary.ts';
import { summaryInWords } from './run-migration.ts';

/** As many findings as a person reads; `--json` has them all. */
const findingsShown = 20;

/** What an operation did, and what went wrong object by object. */
export function renderSummary(name: string, summary: Summary): string {
  const findings = [
    ...summary.failures.map(({ key, because }) => `  failed   ${JSON.stringify(key)}: ${because}`),
    ...summary.differences.map(({ key, because }) => `  differs  ${JSON.stringify(key)}: ${because}`),
    ...summary.notes.map((note) => `  note     ${note}`),
  ];
  const more = findings.length - findingsShown;
  return [
    summaryInWords(name, summary),
    ...findings.slice(0, findingsShown),
    ...(more > 0 ? [`  .. and ${more} more: --json has them all`] : []),
  ].join('\n');
}

/** Whether the operation did all that it was asked to; `verify` also needs both sides to be equal. */
export function succeeded({ complete, differencesCount }: Summary): boolean {
  return complete && differencesCount === 0;
}
