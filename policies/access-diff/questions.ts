import assert from 'node:assert/strict';
import type { Ability } from '../ability.ts';
import type { AccessFileCredential } from '../access-file.ts';
import { callActions } from '../evaluator/iam-actions.ts';
import { probeGrid } from '../probe-grid.ts';
import { probeRequest } from '../probe-request.ts';
import type { StorageOperation, StorageRequest } from '../storage-request.ts';
import { abilityOfCall, askedCalls } from './call-abilities.ts';
import { actionsOf, otherBucket, type Place, placeKey, placesOf, resourcesOf } from './place.ts';

/** What is asked of both sides of a diff. */
export interface Question {
  readonly place: Place;
  readonly ability: Ability;
  /** A call, as the provider's dialect decides it, or an IAM action that no call stands for. */
  readonly ask: { readonly request: StorageRequest } | { readonly action: string; readonly resource: string };
  /** How it differs from the plain request of its kind; absent for that. */
  readonly variation?: 'over plain HTTP' | "in a stranger's bucket of this name";
}

/**
 * Every question that tells two versions of a credential apart: the probe grids of both, every call at every place either
 * names, also over plain HTTP and with the bucket in a stranger's account, and every action and resource that stands in
 * either policy in words that no call stands for.
 */
export function questionsOf(credentials: readonly AccessFileCredential[]): readonly Question[] {
  const places = new Map(credentials.flatMap(placesOf).map((place) => [placeKey(place), place]));
  // Where neither policy speaks of it, plain HTTP is decided as TLS is.
  const policies = JSON.stringify(credentials.map(({ rendered }) => rendered)).toLowerCase();
  const speaksOfTls = policies.includes('aws:securetransport');
  return [
    ...[...places.values()].flatMap((place) => callsAt(place, { speaksOfTls })),
    ...credentials.flatMap(gridOf),
    ...credentials.flatMap((credential) => wordsOf(credential, credentials)),
  ];
}

function callsAt(place: Place, { speaksOfTls }: { readonly speaksOfTls: boolean }): readonly Question[] {
  const { location, kind, bucket, directory } = place;
  const calls = askedCalls(location.provider);
  const base = { secure: true, authType: 'REST-HEADER' } as const;
  if (kind === 'account') return calls.account.map((operation) => question(place, { operation, ...base }));
  assert(bucket !== undefined, 'every place but the account names a bucket');
  const requests: StorageRequest[] = calls.object.map((operation) => ({
    operation,
    bucket,
    key: `${directory}object`,
    ...base,
  }));
  const inKeys = new Set<StorageOperation>(['ListObjectsV2', 'ListObjectVersions', 'ListMultipartUploads']);
  for (const operation of calls.bucket) {
    // A listing is narrowed by its prefix; without one, it and every other call on a bucket speak of the whole of it.
    if (inKeys.has(operation)) requests.push({ operation, bucket, prefix: directory, ...base });
    if (kind === 'bucket' || kind === 'other-bucket') requests.push({ operation, bucket, ...base });
  }
  if (location.provider === 'r2') return requests.map((request) => question(place, request));
  const created = requests
    .filter(({ operation }) => operation === 'PutObject')
    .map((request) => ({ ...request, headers: { 'if-none-match': '*' } }));
  return [...requests, ...created].flatMap((request) => [
    question(place, request),
    ...(speaksOfTls ? [question(place, { ...request, secure: false }, 'over plain HTTP')] : []),
    question(place, request, "in a stranger's bucket of this name"),
  ]);
}

function question(place: Place, request: StorageRequest, variation?: Question['variation']): Question {
  return { place, ability: abilityOfCall(request.operation), ask: { request }, ...(variation && { variation }) };
}

/** The grid that the smoke test sends for real. */
function gridOf(credential: AccessFileCredential): readonly Question[] {
  const { access, location, abilities } = credential;
  const grant = { access, location, abilities };
  const places = placesOf(credential);
  const names = { canary: 'diff', otherBucket };
  return probeGrid(grant).flatMap((probe) => {
    const kind = { inside: 'prefix', sibling: 'neighbour', outside: 'bucket' } as const;
    const wanted = probe.place in kind ? kind[probe.place as keyof typeof kind] : probe.place;
    const place = places.find((candidate) => candidate.kind === wanted) ?? places[0];
    if (!place) return [];
    return [{ place, ability: probe.ability, ask: { request: probeRequest(probe, grant, names) } }];
  });
}

const knownActions = new Set(
  Object.values(callActions).flatMap(({ actions, versioned = [] }) => [...actions, ...versioned].map(lowerCase)),
);

/**
 * Actions in either policy that no call asks about, wildcards among them, on each resource in either: asked in their own
 * words, for a pattern matches itself.
 */
function wordsOf(credential: AccessFileCredential, credentials: readonly AccessFileCredential[]): readonly Question[] {
  const policies = credentials.flatMap(({ rendered }) => (rendered.dialect === 'iam' ? [rendered.policy] : []));
  const actions = new Set(policies.flatMap(actionsOf).filter((action) => !knownActions.has(lowerCase(action))));
  if (actions.size === 0 || credential.rendered.dialect !== 'iam') return [];
  const resources = new Set(policies.flatMap(resourcesOf));
  const account = placesOf(credential).find(({ kind }) => kind === 'account');
  assert(account, 'every credential has an account');
  return [...actions].flatMap((action) =>
    [...resources].map((resource): Question => {
      // Up to its first wildcard: where the letters of the same place stand.
      const path = /^arn:[^:]*:s3:::([^*?$]+)/.exec(resource)?.[1];
      const place = path === undefined ? keyPlace(account, resource) : { ...account, where: bucketUrl(path) };
      const asked = resource === '*' ? `arn:aws:s3:::${otherBucket}/object` : resource;
      return { place, ability: abilityOfAction(action), ask: { action, resource: asked } };
    }),
  );
}

function bucketUrl(path: string): string {
  return `s3://${path}${path.includes('/') ? '' : '/'}`;
}

/** A key is a place of its own; whatever else is no bucket stands with the account. */
function keyPlace(account: Place, resource: string): Place {
  return resource.split(':')[2] === 'kms' ? { ...account, where: resource } : account;
}

/** Actions on keys, by what they let S3 do for the caller. */
const keyActions: Readonly<Record<string, Ability>> = { 'kms:decrypt': 'read', 'kms:generatedatakey': 'write' };

/** For an action outside the calls: by its name where the name says it, else `admin`. */
function abilityOfAction(action: string): Ability {
  const key = keyActions[lowerCase(action)];
  if (key !== undefined) return key;
  const name = action.replace(/^[^:]*:/, '');
  if (/^(GetObject|GetObjectVersion)$/.test(name)) return 'read';
  if (name.endsWith('Tagging')) return 'tag';
  if (name.includes('Version') && /^(Get|List)/.test(name)) return 'version';
  return 'admin';
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}
