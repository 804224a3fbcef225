import type { Step } from '../engine/run-context.ts';
import type { Summary } from '../engine/summary.ts';
import { formatBytes, formatCount } from './output.ts';

/** As many findings as a person reads; `--json` has them all. */
const findingsShown = 20;

/** What an operation did, unless that was said already, and what went wrong object by object. */
export function renderSummary(name: string, summary: Summary, { dryRun = false, alreadySaid = false } = {}): string {
  const findings = [
    ...summary.failures.map(failureInWords),
    ...summary.differences.map(({ key, because }) => `  differs  ${JSON.stringify(key)}: ${because}`),
    ...summary.notes.map((note) => `  note     ${note}`),
  ];
  const more = findings.length - findingsShown;
  return [
    ...(alreadySaid ? [] : [summaryInWords(name, summary, { dryRun })]),
    ...findings.slice(0, findingsShown),
    ...(more > 0 ? [`  .. and ${more} more: --json has them all`] : []),
  ].join('\n');
}

/** What a limit of the engine is called on the command line. */
const adviceByCode: Readonly<Record<string, string>> = {
  DeletesMax: '--max-delete allows more; --dry-run then lists them',
  DeletesMaxPercent: '--max-delete allows more, such as --max-delete 50%; --dry-run then lists them',
};

/** An empty key means the run itself: a listing, a limit, a signal. */
function failureInWords({ key, because, code }: Summary['failures'][number]): string {
  const advice = adviceByCode[code ?? ''];
  const about = key === '' ? '' : `${JSON.stringify(key)}: `;
  return `  ${isInterruption({ code }) ? 'stopped' : 'failed '}  ${about}${because}${advice === undefined ? '' : ` (${advice})`}`;
}

function isInterruption({ code }: { readonly code?: string | undefined }): boolean {
  return code === 'Interrupted';
}

/** What a run decided about one key. */
export function renderStep({ action, key, because }: Step): string {
  return `${action.padEnd(6)}  ${JSON.stringify(key)} (${because})`;
}

/** Whether the operation did all that it was asked to; `verify` also needs both sides to be equal. */
export function succeeded({ complete, differencesCount }: Summary): boolean {
  return complete && differencesCount === 0;
}

/** How many objects a verify compared, equal or not. */
export function objectsCompared({ verified, differencesCount }: Summary): number {
  return Object.values(verified).reduce((sum, count) => sum + count, 0) + differencesCount;
}

/** One line for people. */
export function summaryInWords(name: string, summary: Summary, { dryRun = false } = {}): string {
  const { operation, objectsSkipped, objectsDeleted, seconds } = summary;
  const interrupted = summary.failures.some(isInterruption);
  const failures = summary.failuresCount - (interrupted ? 1 : 0);
  const failed = `${failures > 0 ? `, ${formatCount(failures)} FAILED` : ''}${interrupted ? ', interrupted' : ''}`;
  if (operation === 'verify') {
    return `verify ${name}: ${comparedInWords(summary)}${failed} (${seconds.toFixed(1)} s)`;
  }
  const parts = [
    copiedInWords(summary, dryRun),
    ...(objectsSkipped > 0 ? [`${formatCount(objectsSkipped)} there already`] : []),
    ...(objectsDeleted > 0 ? [`${formatCount(objectsDeleted)} ${dryRun ? 'to delete' : 'deleted'}`] : []),
  ];
  return `${operation} ${name}: ${parts.join(', ')}${failed} (${seconds.toFixed(1)} s)`;
}

/** A source in which nothing was found is told apart from one of which everything is there: a prefix may be mistyped. */
function copiedInWords(summary: Summary, dryRun: boolean): string {
  const { objectsCopied, objectsSkipped, objectsDeleted, failuresCount, bytesCopied } = summary;
  if (objectsCopied + objectsSkipped + objectsDeleted + failuresCount === 0) return 'no objects to copy';
  return `${formatCount(objectsCopied)} ${dryRun ? 'to copy' : 'copied'} (${formatBytes(bytesCopied)})`;
}

function comparedInWords(summary: Summary): string {
  const compared = objectsCompared(summary);
  if (compared === 0) return 'no objects to compare';
  const { differencesCount } = summary;
  const verdict =
    differencesCount > 0 ? `${formatCount(differencesCount)} DIFFER` : `all equal by ${strengths(summary)}`;
  return `${formatCount(compared)} objects, ${verdict}`;
}

/** `entity tag (2,990), size only (1)`: what "equal" rests on. */
function strengths({ verified }: Summary): string {
  const told = Object.entries(verified).filter(([, count]) => count > 0);
  return told.map(([strength, count]) => `${strength} (${formatCount(count)})`).join(', ');
}
