import { isMap, isSeq, parseDocument, Scalar } from 'yaml';
import type { Document, YAMLMap } from 'yaml';
import { UserError } from '../base/user-error.ts';

/** A generation as a stack file holds it; dates are `YYYY-MM-DD`. */
export interface WrittenGeneration {
  readonly generation: number;
  readonly issuedOn?: string;
  readonly expiresOn?: string;
  readonly state?: 'enabled' | 'disabled';
}

export interface WrittenGenerations {
  readonly current: WrittenGeneration;
  /** Absent = removed. */
  readonly previous?: WrittenGeneration;
}

/** A credential's place in a stack file, such as `migrations[0].source.credential`. */
export interface CredentialPlace {
  readonly path: string;
  /** The same place by names instead of positions, which survive a change of order: `migration media source`. */
  readonly name: string;
}

/** Parses a stack file (or Pulumi.yaml) so that it can be changed with its comments kept. Throws a UserError naming `file`. */
export function parseYamlFile(text: string, file: string): Document {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    throw new UserError({ where: file, what: `not YAML: ${error.message}`, fix: 'correct the file', cause: error });
  }
  return document;
}

/** The text of a changed document. Long flow lists stay on their line, as people wrote them. */
export function renderYaml(document: Document): string {
  return document.toString({ lineWidth: 0 });
}

/**
 * Every place in the stack file that holds a credential with generations: both sides of each migration but those on a
 * local directory, with a role instead of a key or read by the destination's credential (a server-side copy), then the service
 * tokens of each domain. In the file's order.
 */
export function credentialPlaces(document: Document): CredentialPlace[] {
  const migrations = entries(document, ['config', 'sluice:migrations']).flatMap(({ map, index }) =>
    (['source', 'destination'] as const)
      .filter((side) => takesGenerations(map.get(side)))
      .filter((side) => side === 'destination' || map.getIn(['options', 'serverSide']) !== true)
      .map((side) => ({
        path: `migrations[${index}].${side}.credential`,
        name: `migration ${String(map.get('name'))} ${side}`,
      })),
  );
  const domains = entries(document, ['config', 'sluice:domains']).flatMap(({ map, index }) =>
    entries(document, ['config', 'sluice:domains', index, 'serviceTokens']).map((token) => ({
      path: `domains[${index}].serviceTokens[${token.index}].credential`,
      name: `domain ${String(map.get('hostname'))} service token ${String(token.map.get('name'))}`,
    })),
  );
  return [...migrations, ...domains];
}

function entries(document: Document, path: (string | number)[]): { map: YAMLMap; index: number }[] {
  const list = document.getIn(path);
  if (!isSeq(list)) return [];
  return list.items.flatMap((map, index) => (isMap(map) ? [{ map, index }] : []));
}

function takesGenerations(location: unknown): boolean {
  if (!isMap(location) || location.get('provider') === 'file') return false;
  const identity = location.getIn(['credential', 'identity']) ?? 'user';
  return identity === 'user';
}

/** The generations that stand at `path`; undefined where there is no `current`. */
export function readGenerations(document: Document, path: string): WrittenGenerations | undefined {
  const current = generationAt(document, [...segments(path), 'current']);
  if (current === undefined) return undefined;
  const previous = generationAt(document, [...segments(path), 'previous']);
  return previous === undefined ? { current } : { current, previous };
}

function generationAt(document: Document, path: (string | number)[]): WrittenGeneration | undefined {
  const node = document.getIn(path);
  if (!isMap(node)) return undefined;
  const text = (key: string) => (node.has(key) ? { [key]: String(node.get(key)) } : {});
  return {
    generation: Number(node.get('generation') ?? 1),
    ...text('issuedOn'),
    ...text('expiresOn'),
    ...text('state'),
  };
}

/** Writes `current` and `previous` (or removes it) at `path` and leaves the credential's other keys alone. */
export function writeGenerations(document: Document, path: string, { current, previous }: WrittenGenerations): void {
  const credential = segments(path);
  document.setIn([...credential, 'current'], generationNode(document, current));
  if (previous === undefined) document.deleteIn([...credential, 'previous']);
  else document.setIn([...credential, 'previous'], generationNode(document, previous));
}

/** In one line, with its dates in quotes: without them Pulumi reads a time stamp, not a date. */
function generationNode(document: Document, generation: WrittenGeneration): YAMLMap {
  const values = Object.entries(generation).filter(([, value]) => value !== undefined);
  const node = document.createNode({}) as unknown as YAMLMap;
  for (const [key, value] of values)
    node.set(key, typeof value === 'string' && key !== 'state' ? quoted(value) : value);
  node.flow = true;
  return node;
}

function quoted(value: string): Scalar {
  const scalar = new Scalar(value);
  scalar.type = 'QUOTE_DOUBLE';
  return scalar;
}

/** `migrations[0].source.credential` as the path of keys in the file: `config`, `sluice:migrations`, 0, `source`, `credential`. */
function segments(path: string): (string | number)[] {
  const [first = '', ...rest] = path.split(/[.[\]]+/).filter((segment) => segment !== '');
  return ['config', `sluice:${first}`, ...rest.map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment))];
}

/**
 * The text of a stack file with the generations at `path` (such as `domains[0].serviceTokens[0].credential`) set;
 * comments and everything else stay. Throws a UserError where the file is no YAML or has no such place.
 */
export function setGenerations(
  text: string,
  path: string,
  generations: WrittenGenerations,
  file = 'stack file',
): string {
  const document = parseYamlFile(text, file);
  if (!credentialPlaces(document).some((place) => place.path === path)) {
    throw new UserError({ where: file, what: `it has no ${path}`, fix: 'name a credential that the file declares' });
  }
  writeGenerations(document, path, generations);
  return renderYaml(document);
}

/**
 * Writes `issuedOn` (`YYYY-MM-DD`) into every credential whose current generation has no date yet, and says where.
 * A date is needed once, before the first deploy: expiry counts from it.
 */
export function stampIssuedOn(
  text: string,
  issuedOn: string,
  file = 'stack file',
): { text: string; stamped: CredentialPlace[] } {
  const document = parseYamlFile(text, file);
  const stamped = stampDocument(document, issuedOn);
  return { text: stamped.length === 0 ? text : renderYaml(document), stamped };
}

/** The same on a parsed file. */
export function stampDocument(document: Document, issuedOn: string): CredentialPlace[] {
  const places = credentialPlaces(document).filter(
    ({ path }) => readGenerations(document, path)?.current.issuedOn === undefined,
  );
  for (const { path } of places) {
    const written = readGenerations(document, path) ?? { current: { generation: 1 } };
    writeGenerations(document, path, { ...written, current: { ...written.current, issuedOn } });
  }
  return places;
}
