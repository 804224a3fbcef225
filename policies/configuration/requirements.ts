import type { Jurisdiction } from '../../base/location.ts';
import { sides } from '../operation.ts';
import { addDays, daysBetween } from './date.ts';
import { identityMistakes } from './identity-checks.ts';
import { type ConfigurationPath, type LocatedMistake, mistakeAt } from './mistake.ts';
import type { ConfigurationInput, CredentialInput, SideInput } from './schema.ts';

/** A place of the configuration that lies on a provider, and so needs its account and, in the sandbox, its endpoint. */
interface Use {
  readonly provider: 'aws' | 'r2';
  readonly jurisdiction?: Jurisdiction;
  readonly path: ConfigurationPath;
}

/** What must stand in the configuration because something else does: without it, defaults could not be filled in. */
export function requirementMistakes(
  input: ConfigurationInput,
  issuedOnDefault: string | undefined,
): readonly LocatedMistake[] {
  const uses = usesOf(input);
  return [
    ...sandboxMistakes(input),
    ...missingProviders(input, uses),
    ...missingEndpoints(input, uses),
    ...identityMistakes(input),
    ...credentialsOf(input).flatMap(({ credential, path }) => generationMistakes(credential, path, issuedOnDefault)),
  ];
}

function usesOf({ migrations, buckets, domains }: ConfigurationInput): readonly Use[] {
  const locations = migrations.flatMap((migration, index) =>
    sides.map((side) => ({ place: migration[side], path: ['migrations', index, side] })),
  );
  return [
    ...locations.flatMap(({ place, path }): Use[] => {
      if (place.provider === 'file') return [];
      return [
        place.provider === 'r2'
          ? { provider: 'r2', jurisdiction: place.jurisdiction, path }
          : { provider: 'aws', path },
      ];
    }),
    ...buckets.map(({ provider }, index): Use => ({ provider, path: ['buckets', index] })),
    ...domains.map(({ bucket }, index): Use => ({
      provider: 'r2',
      jurisdiction: bucket.jurisdiction,
      path: ['domains', index, 'bucket'],
    })),
  ];
}

/** `sandbox` is the environment exactly where endpoints stand: no other stack may be pointed elsewhere. */
function sandboxMistakes({ environment, endpoints }: ConfigurationInput): readonly LocatedMistake[] {
  if (environment === 'sandbox' && !endpoints) {
    return [
      mistakeAt(
        ['endpoints'],
        'is missing',
        'the environment "sandbox" needs loopback endpoints; name the environment otherwise to use real clouds',
      ),
    ];
  }
  if (environment !== 'sandbox' && endpoints) {
    return [
      mistakeAt(
        ['endpoints'],
        `has no place in environment "${environment}"`,
        'remove it, or write environment: sandbox',
      ),
    ];
  }
  return [];
}

function missingProviders({ providers }: ConfigurationInput, uses: readonly Use[]): readonly LocatedMistake[] {
  const examples = {
    aws: 'aws: { accountId: "123456789012", region: eu-west-1 }',
    r2: 'r2: { accountId: "..32 hexadecimal digits.." }',
  };
  return (['aws', 'r2'] as const).flatMap((provider) => {
    const use = uses.find((candidate) => candidate.provider === provider);
    if (!use || providers[provider]) return [];
    return [
      mistakeAt(
        [...use.path, 'provider'],
        `"${provider}" needs providers.${provider}, which is missing`,
        `add ${examples[provider]} to providers`,
      ),
    ];
  });
}

/** In the sandbox every place in use needs an endpoint: falling back to a public one would reach a real cloud. */
function missingEndpoints({ endpoints }: ConfigurationInput, uses: readonly Use[]): readonly LocatedMistake[] {
  if (!endpoints) return [];
  const missing = new Map<string, Use>();
  for (const use of uses) {
    const { provider, jurisdiction = 'default' } = use;
    const key = provider === 'aws' ? 'aws' : `r2.${jurisdiction}`;
    const covered = provider === 'aws' ? endpoints.aws : endpoints.r2?.[jurisdiction];
    if (!covered && !missing.has(key)) missing.set(key, use);
  }
  return [...missing].map(([key, { path }]) =>
    mistakeAt(
      path,
      `is reached through endpoints.${key}, which is missing`,
      'add it: without it the sandbox would reach the real cloud',
    ),
  );
}

/** Those with generations: a role has none. */
function credentialsOf({ migrations, domains }: ConfigurationInput) {
  const ofSides = migrations.flatMap((migration, index) =>
    sides.flatMap((side) => {
      const place = migration[side];
      const path = ['migrations', index, side, 'credential'];
      if (place.provider === 'file' || hasRole(place)) return [];
      // The destination's credential reads the source of a server-side copy.
      if (side === 'source' && migration.options.serverSide) return [];
      return [{ credential: place.credential ?? {}, path }];
    }),
  );
  const ofTokens = domains.flatMap(({ serviceTokens }, domain) =>
    serviceTokens.map(({ credential = {} }, index) => ({
      credential,
      path: ['domains', domain, 'serviceTokens', index, 'credential'],
    })),
  );
  return [...ofSides, ...ofTokens];
}

function hasRole(place: SideInput): boolean {
  return place.provider === 'aws' && place.credential !== undefined && place.credential.identity !== 'user';
}

function generationMistakes(
  { current, previous, ttlDays, neverExpires }: CredentialInput,
  path: ConfigurationPath,
  issuedOnDefault: string | undefined,
): readonly LocatedMistake[] {
  const mistakes: LocatedMistake[] = [];
  const generation = current?.generation ?? 1;
  const issuedOn = current?.issuedOn ?? issuedOnDefault;
  if (issuedOn === undefined) {
    mistakes.push(
      mistakeAt(
        [...path, 'current', 'issuedOn'],
        'is missing',
        'run `sluice up`, which writes today\'s date, or write the day in quotes, such as "2026-11-22"',
      ),
    );
  }
  if (previous && previous.generation !== generation - 1) {
    const fix =
      generation === 1
        ? 'remove previous: the first generation has none'
        : `write ${generation - 1}, or remove previous`;
    mistakes.push(
      mistakeAt(
        [...path, 'previous', 'generation'],
        `${previous.generation} is not the one before the current ${generation}`,
        fix,
      ),
    );
  }
  if (previous && issuedOn !== undefined && previous.issuedOn > issuedOn) {
    mistakes.push(
      mistakeAt(
        [...path, 'previous', 'issuedOn'],
        `"${previous.issuedOn}" is later than the current generation's "${issuedOn}"`,
        'write the day on which that generation was issued',
      ),
    );
  }
  mistakes.push(...lifetimeMistakes({ current, previous, ttlDays, neverExpires }, path));
  for (const [key, given] of [
    ['current', { ...current, issuedOn }],
    ['previous', previous],
  ] as const) {
    if (given?.issuedOn === undefined || given.expiresOn === undefined) continue;
    const { issuedOn: from, expiresOn: to } = given;
    const days = daysBetween({ from, to });
    if (days >= 1 && days <= ttlDaysMax) continue;
    const what = `"${to}" is ${days < 1 ? 'not after' : `more than ${ttlDaysMax} days after`} issuedOn "${from}"`;
    mistakes.push(
      mistakeAt(
        [...path, key, 'expiresOn'],
        what,
        `write a day from "${addDays(from, 1)}" to "${addDays(from, ttlDaysMax)}", or leave it to ttlDays`,
      ),
    );
  }
  return mistakes;
}

/** A credential says how long it lives, or why it lives on: one of the two. */
function lifetimeMistakes(
  { current, previous, ttlDays, neverExpires }: CredentialInput,
  path: ConfigurationPath,
): readonly LocatedMistake[] {
  if (neverExpires === undefined) return [];
  const fix = 'remove it, or neverExpires';
  const mistakes: LocatedMistake[] = [];
  if (ttlDays !== undefined) {
    mistakes.push(mistakeAt([...path, 'ttlDays'], `${ttlDays} contradicts neverExpires`, fix));
  }
  if (current?.expiresOn !== undefined) {
    mistakes.push(mistakeAt([...path, 'current', 'expiresOn'], `"${current.expiresOn}" contradicts neverExpires`, fix));
  }
  // A service token's old secret dies with `previous.expiresOn`; without it, it would die at once, in use or not.
  if (path.includes('serviceTokens') && previous && previous.expiresOn === undefined) {
    mistakes.push(
      mistakeAt(
        [...path, 'previous', 'expiresOn'],
        'is missing',
        'write the day on which the old secret may die, in quotes: the token itself never expires',
      ),
    );
  }
  return mistakes;
}

/** The same limit as `ttlDays`: a date must not be a way around it. */
const ttlDaysMax = 365;
