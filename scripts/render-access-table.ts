import type { AccessRow, AccessTable, DomainRow } from '../policies/access-table.ts';
import { letteredAbilities } from './access-letters.ts';
import { alignedColumns } from '../proof/aligned-columns.ts';

/**
 * The access table for people, to be read in ten seconds: one row per credential and hostname. A letter in brackets is
 * excess: the provider cannot withhold it, though the grant did not ask.
 */
export function renderAccessTable({ stack, environment, credentials, domains }: AccessTable): string {
  const parts = [`stack ${stack} (${environment})`];
  if (credentials.length > 0) {
    parts.push(
      alignedColumns([
        ['credential', 'provider', 'where', 'L R W D A', 'expires', 'notes'],
        ...credentials.map(credentialRow),
      ]),
    );
  }
  parts.push(...credentials.flatMap(excessNotes));
  if (domains.length > 0) parts.push(alignedColumns([['hostname', 'bucket', 'lets in'], ...domains.map(domainRow)]));
  return parts.join('\n\n');
}

function credentialRow({ access, provider, where, abilities, excess, ...row }: AccessRow): string[] {
  const letters = letteredAbilities.map(({ letter, ability }) => {
    if (abilities.includes(ability)) return letter;
    return excess.some((extra) => extra.ability === ability) ? `(${letter})` : '-';
  });
  return [access, provider, where, letters.join(' '), row.expiresOn ?? 'never', notes({ excess, ...row }).join('; ')];
}

/** A rotation under way, a life without end, and where the provider gives more than was asked for. */
function notes({
  generations,
  neverExpires,
  excess,
}: Pick<AccessRow, 'generations' | 'neverExpires' | 'excess'>): string[] {
  const living = generations.map(({ generation, slot }) => `${generation} (slot ${slot})`).join(' + ');
  const places = [...new Set(excess.map(({ place }) => place))];
  return [
    `generation ${living}`,
    ...(neverExpires === undefined ? [] : [`never expires: ${neverExpires}`]),
    ...(places.length === 0 ? [] : [`more on ${places.join(', ')}`]),
  ];
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
