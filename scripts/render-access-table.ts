import type { AccessOptions, AccessRow, AccessTable, DomainRow } from '../policies/access-table.ts';
import { letteredAbilities } from './access-letters.ts';
import { alignedColumns } from '../proof/aligned-columns.ts';

/**
 * The access table for people, to be read in ten seconds: one row per credential and hostname. A letter in brackets is
 * excess: the provider cannot withhold it, though the grant did not ask.
 */
export function renderAccessTable({
  stack,
  environment,
  credentials,
  domains,
  resourcePolicies = [],
}: AccessTable): string {
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
  parts.push(...resourcePolicies.map(resourcePolicyNote));
  return parts.join('\n\n');
}

function credentialRow({ access, provider, where, abilities, excess, ...row }: AccessRow): string[] {
  const letters = letteredAbilities.map(({ letter, ability }) => {
    if (abilities.includes(ability)) return letter;
    return excess.some((extra) => extra.ability === ability) ? `(${letter})` : '-';
  });
  return [access, provider, where, letters.join(' '), expires(row), notes({ abilities, excess, ...row }).join('; ')];
}

/** A role's sessions end by themselves, within the hour. */
function expires({ expiresOn, role }: Pick<AccessRow, 'expiresOn' | 'role'>): string {
  return role === undefined ? (expiresOn ?? 'never') : 'hourly';
}

/** Who takes a role, or a rotation under way; a life without end, and where the provider gives more than was asked for. */
function notes({
  generations,
  role,
  neverExpires,
  abilities,
  excess,
  options = {},
}: Pick<AccessRow, 'generations' | 'role' | 'neverExpires' | 'abilities' | 'excess' | 'options'>): string[] {
  const living = generations.map(({ generation, slot }) => `${generation} (slot ${slot})`).join(' + ');
  const holder = role
    ? `${role.identity} for ${[...role.principals, ...role.githubSubjects].join(', ')}`
    : `generation ${living}`;
  const places = [...new Set(excess.map(({ place }) => place))];
  return [
    holder,
    ...(neverExpires === undefined ? [] : [`never expires: ${neverExpires}`]),
    ...unlettered.filter(({ ability }) => abilities.includes(ability)).map(({ words }) => words),
    ...optionNotes(options),
    ...(places.length === 0 ? [] : [`more on ${places.join(', ')}`]),
  ];
}

/** Abilities that an option adds and no letter shows. */
const unlettered = [
  { ability: 'tag', words: 'with tags' },
  { ability: 'version', words: 'with versions' },
] as const;

function optionNotes({
  accountId,
  copiesFrom,
  appendOnly,
  kmsKeyArns = [],
  requesterPays,
  tlsOnly,
}: AccessOptions): string[] {
  return [
    ...(accountId === undefined ? [] : [`bucket of account ${accountId}`]),
    ...(copiesFrom === undefined ? [] : [`also reads ${copiesFrom}, for server-side copies`]),
    ...(appendOnly ? ['never overwrites'] : []),
    ...kmsKeyArns.map((arn) => `uses ${arn}`),
    ...(requesterPays ? ['pays for its requests'] : []),
    ...(tlsOnly ? ['over TLS only'] : []),
  ];
}

/** What to hand to the owner of another account. */
function resourcePolicyNote({
  resource,
  accountId,
  policy,
}: NonNullable<AccessTable['resourcePolicies']>[number]): string {
  const head = `${resource} belongs to account ${accountId}, whose owner adds these statements to its policy:`;
  return `${head}\n${JSON.stringify(policy, null, 2)}`;
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
