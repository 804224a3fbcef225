import { table } from 'table';
import type { Report } from '../../proof/report.ts';
import { formatBytes, formatCount } from '../output.ts';
import { objectsCompared } from '../render-summary.ts';
import type { DemoReport } from './demo.ts';

/** What was created, proven and copied, in one short table, and where to go from here. */
export function renderDemo({ postDeploy, generations, seconds, exitCode }: DemoReport): string {
  const smokes = postDeploy.migrations.flatMap(({ smokeBefore, smokeAfter = [] }) => [...smokeBefore, ...smokeAfter]);
  const [migration] = postDeploy.migrations;
  const copied = migration?.operation;
  const verified = migration?.verify;
  const rows = [
    [
      'created',
      `${new Set(generations.map(({ access, generation }) => `${access} ${generation}`)).size} credentials, ${postDeploy.domains.length} protected domain`,
    ],
    ['proven', `${count(smokes, 'passed')} requests got the answer they must, ${count(smokes, 'failed')} did not`],
    [
      'copied',
      copied === undefined
        ? 'nothing'
        : `${formatCount(copied.objectsCopied)} objects, ${formatBytes(copied.bytesCopied)}`,
    ],
    [
      'verified',
      verified === undefined
        ? 'nothing'
        : `${formatCount(objectsCompared(verified))} objects, ${verified.differencesCount} differ`,
    ],
    ['from outside', postDeploy.domains.map(({ subject, verdict }) => `${subject}: ${verdict.outcome}`).join(', ')],
    [
      'rotated',
      generations.every(({ report }) => report.proven)
        ? 'both generations lived, then the old one was dead'
        : 'NOT as it must',
    ],
  ];
  const next = [
    'npm run sluice -- access             who can reach what',
    'npm run sluice -- smoke              try it all again',
    'npm run sluice -- sandbox stop       when you are done',
  ];
  return [
    table(rows).trimEnd(),
    `${exitCode === 0 ? 'all good' : 'something FAILED: see above'}, in ${seconds.toFixed(0)} seconds. The sandbox goes on running:`,
    ...next.map((line) => `  ${line}`),
  ].join('\n');
}

function count(reports: readonly Report[], outcome: 'passed' | 'failed'): number {
  return reports.reduce((sum, { verdict }) => sum + verdict.counts[outcome], 0);
}
