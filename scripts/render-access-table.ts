import { getBorderCharacters, table } from 'table';
import type { Ability } from '../policies/ability.ts';
import type { AccessRow, AccessTable, DomainRow } from '../policies/access-table.ts';

/** The abilities that the table has a column for; the finer ones follow from these. */
const columns = [
  { letter: 'L', ability: 'list' },
  { letter: 'R', ability: 'read' },
  { letter: 'W', ability: 'write' },
  { letter: 'D', ability: 'delete' },
  { letter: 'A', ability: 'admin' },
] as const satisfies readonly { letter: string; ability: Ability }[];

/**
 * The access table for people, to be read in ten seconds: one row per credential and hostname. A letter in brackets is
 * excess: the provider cannot withhold it, though the grant did not ask.
 */
export function renderAccessTable({ stack, environment, credentials, domains }: AccessTable): string {
  const parts = [`stack ${stack} (${environment})`];
  if (credentials.length > 0) {
    parts.push(
      columnsOf([['credential', 'where', 'L R W D A', 'expires', 'generation'], ...credentials.map(credentialRow)]),
    );
  }
  parts.push(...credentials.flatMap(excessNotes));
  if (domains.length > 0) parts.push(columnsOf([['hostname', 'bucket', 'lets in'], ...domains.map(domainRow)]));
  return parts.join('\n\n');
}

function credentialRow({ access, where, abilities, excess, expiresOn, generations }: AccessRow): string[] {
  const letters = columns.map(({ letter, ability }) => {
    if (abilities.includes(ability)) return letter;
    return excess.some((extra) => extra.ability === ability) ? `(${letter})` : '-';
  });
  const living = generations.map(({ generation, slot }) => `${generation} (slot ${slot})`).join(' + ');
  return [access, where, letters.join(' '), expiresOn ?? 'never', living];
}

function excessNotes({ access, excess }: AccessRow): string[] {
  if (excess.length === 0) return [];
  const lines = excess.map(({ ability, place, because }) => `  ${ability} on ${place}: ${because}`);
  return [`${access} gets more than it asked for:\n${lines.join('\n')}`];
}

function domainRow({ hostname, bucket, policies }: DomainRow): string[] {
  const audience = policies.map(({ decision, include, require, exclude }) => {
    const limits = [
      ...(require.length > 0 ? [`only with ${require.join(', ')}`] : []),
      ...(exclude.length > 0 ? [`not ${exclude.join(', ')}`] : []),
    ];
    return `${decision}: ${[include.join(', '), ...limits].join(', ')}`;
  });
  return [hostname, bucket, audience.join('; ')];
}

function columnsOf(rows: string[][]): string {
  const text = table(rows, {
    border: getBorderCharacters('void'),
    columnDefault: { paddingLeft: 0, paddingRight: 2 },
    drawHorizontalLine: () => false,
  });
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();
}
