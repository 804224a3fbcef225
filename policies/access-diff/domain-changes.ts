import type { AccessFileDomain } from '../access-file.ts';
import { letsIn, type Visitor, visitorsOf } from './audience.ts';
import type { AccessChange } from './change.ts';
import { termsChange } from './domain-terms.ts';

/** Two versions of one hostname; at least one of them stands. */
export interface DomainVersions {
  readonly before?: AccessFileDomain | undefined;
  readonly after?: AccessFileDomain | undefined;
}

/**
 * What changes between two versions of a hostname: whom it lets in, to which bucket, on which terms. Audiences are decided, not
 * compared.
 */
export function domainChanges({ before, after }: DomainVersions): readonly AccessChange[] {
  const either = after ?? before;
  if (!either) return [];
  const access = `domain/${either.hostname}`;
  const shared = { access, provider: 'access' } as const;
  if (before && after && before.bucket !== after.bucket) {
    return [...domainChanges({ before }), ...domainChanges({ after })];
  }
  const audience = audienceChange(before?.policies ?? [], after?.policies ?? []);
  const before_ = before && before.policies.length > 0 ? (['serve'] as const) : [];
  const after_ = after && after.policies.length > 0 ? (['serve'] as const) : [];
  const terms = before && after ? termsChange(before, after) : { weaker: [], stricter: [] };
  const gains = audience.gained.length + terms.weaker.length > 0;
  const loses = audience.lost.length + terms.stricter.length > 0;
  if (gains || loses) {
    const kind = gains ? (before ? 'widens' : 'new') : after ? 'narrows' : 'removed';
    return [
      {
        ...shared,
        where: either.bucket,
        kind,
        before: before_,
        after: after_,
        widened: gains ? ['serve'] : [],
        narrowed: loses ? ['serve'] : [],
        notes: [
          ...(audience.gained.length > 0 ? [`lets in ${listed(audience.gained)}`] : []),
          ...(audience.lost.length > 0 ? [`no longer ${listed(audience.lost)}`] : []),
          ...terms.weaker,
          ...terms.stricter,
        ],
      },
    ];
  }
  if (!before || !after) return [];
  const tokens = rotatedTokens(before, after);
  if (tokens.length === 0) return [];
  const notes = [`service token ${tokens.join(', ')}`];
  return [
    {
      ...shared,
      where: after.bucket,
      kind: 'rotates',
      before: before_,
      after: after_,
      widened: [],
      narrowed: [],
      notes,
    },
  ];
}

function audienceChange(
  before: AccessFileDomain['policies'],
  after: AccessFileDomain['policies'],
): { readonly gained: readonly string[]; readonly lost: readonly string[] } {
  if (JSON.stringify(before) === JSON.stringify(after)) return { gained: [], lost: [] };
  const visitors = visitorsOf([before, after]);
  // Too many selectors to try everybody: what cannot be decided counts as widening.
  if (!visitors) return { gained: ['whoever its many selectors now mean: they are too many to be decided'], lost: [] };
  const changed = (visitor: Visitor) => ({ was: letsIn(before, visitor), is: letsIn(after, visitor) });
  return {
    gained: visitors.filter((visitor) => !changed(visitor).was && changed(visitor).is).map(({ label }) => label),
    lost: visitors.filter((visitor) => changed(visitor).was && !changed(visitor).is).map(({ label }) => label),
  };
}

function rotatedTokens(before: AccessFileDomain, after: AccessFileDomain): readonly string[] {
  return after.serviceTokens.flatMap(({ name, generations }) => {
    const old = before.serviceTokens.find((token) => token.name === name);
    if (!old || JSON.stringify(old.generations) === JSON.stringify(generations)) return [];
    const numbers = (all: AccessFileDomain['serviceTokens'][number]['generations']) =>
      all.map(({ generation }) => generation).join(' + ');
    return [`${name}: generation ${numbers(old.generations)} -> ${numbers(generations)}`];
  });
}

function listed(labels: readonly string[]): string {
  return labels.length > 4 ? `${labels.slice(0, 4).join(', ')} and ${labels.length - 4} more` : labels.join(', ');
}
