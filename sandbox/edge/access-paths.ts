import type { Application } from '../cloudflare/state.ts';

/**
 * The application that decides about a place; the most specific one, which inherits nothing from the others.
 * `path` is decoded, as the object's key is: a path that only looks different must not slip past its application.
 */
export function applicationCovering(
  applications: readonly Application[],
  place: { readonly hostname: string; readonly path: string },
): Application | undefined {
  const candidates = applications.flatMap((application) =>
    application.destinations
      .filter(({ uri }) => covers(uri, place))
      .map(({ uri }) => ({ application, specificity: specificityOf(uri) })),
  );
  candidates.sort((left, right) => compareSpecificity(right.specificity, left.specificity));
  return candidates[0]?.application;
}

/**
 * Whether `host[/path]` covers a place (Cloudflare docs: "Application paths"):
 *
 * | uri            | covers                                       | does not cover          |
 * | -------------- | -------------------------------------------- | ----------------------- |
 * | `host`         | every path                                   | `sub.host`              |
 * | `*.host`       | `sub.host`, one label                        | `host`, `a.b.host`      |
 * | `host/alpha`   | `/alpha`, `/alpha/`, `/alpha/x`              | `/alphabet`             |
 * | `host/alpha/*` | `/alpha/`, `/alpha/x`, `/alpha/x/y`          | `/alpha`                |
 */
export function covers(uri: string, place: { readonly hostname: string; readonly path: string }): boolean {
  const { labels, segments } = partsOf(uri);
  const hostLabels = place.hostname.toLowerCase().split('.');
  if (labels.length !== hostLabels.length || !matchAll(labels, hostLabels)) return false;
  const pathSegments = place.path.slice(1).split('/');
  return segments.length <= pathSegments.length && matchAll(segments, pathSegments);
}

function partsOf(uri: string): { labels: string[]; segments: string[] } {
  const [host = '', ...segments] = uri.split('/');
  // `host/` and `host/alpha/` mean what they mean without the slash.
  if (segments.at(-1) === '') segments.pop();
  return { labels: host.toLowerCase().split('.'), segments };
}

function matchAll(patterns: readonly string[], parts: readonly string[]): boolean {
  return patterns.every((pattern, index) => matchesPart(pattern, parts[index] ?? ''));
}

/** A pattern holds one `*` at most. */
function matchesPart(pattern: string, part: string): boolean {
  const [head = '', tail] = pattern.split('*');
  if (tail === undefined) return pattern === part;
  return part.length >= head.length + tail.length && part.startsWith(head) && part.endsWith(tail);
}

/** Compared in order: fewer wildcards in the host, more segments, fewer wildcards in the path. */
type Specificity = readonly [number, number, number];

function specificityOf(uri: string): Specificity {
  const { labels, segments } = partsOf(uri);
  return [-wildcards(labels), segments.length, -wildcards(segments)];
}

function wildcards(parts: readonly string[]): number {
  return parts.filter((part) => part.includes('*')).length;
}

function compareSpecificity(left: Specificity, right: Specificity): number {
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}
