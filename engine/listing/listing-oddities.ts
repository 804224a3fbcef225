import type { Side } from '../sides.ts';

/** A way in which a provider lists otherwise than documented, though nothing is missed for it. */
export type ListingOddity = 'start ignored' | 'short page' | 'empty page';

/** What a page holds unless less is asked for (S3 API reference, "ListObjectsV2": max-keys). */
const pageKeysUsual = 1000;

/** What is odd about a page that is not the last; a provider may give such pages, and mostly gives full ones. */
export function pageOddity(keys: number): ListingOddity | undefined {
  if (keys >= pageKeysUsual) return undefined;
  return keys === 0 ? 'empty page' : 'short page';
}

/** Counts what is odd about the listings of both sides. */
export interface ListingOddities {
  heard(side: Side, oddity: ListingOddity): void;
  /** For people: of each side at most one of a kind. */
  notes(): string[];
}

/** Counts that are all zero. */
export function listingOddities(): ListingOddities {
  const counts = { source: noneOf(), destination: noneOf() };
  return {
    heard: (side, oddity) => void (counts[side][oddity] += 1),
    notes: () => [...notesOf('source', counts.source), ...notesOf('destination', counts.destination)],
  };
}

type Counts = Record<ListingOddity, number>;

function noneOf(): Counts {
  return { 'start ignored': 0, 'short page': 0, 'empty page': 0 };
}

function notesOf(side: Side, counts: Readonly<Counts>): string[] {
  const { 'start ignored': started, 'short page': short, 'empty page': empty } = counts;
  return [
    ...(started > 0
      ? [`the ${side} ignores where a listing is to begin (StartAfter): its pages were read one after the other`]
      : []),
    ...(short + empty > 0
      ? [
          `of the listing of the ${side} ${short} pages were short and ${empty} empty, though more followed: all were read`,
        ]
      : []),
  ];
}
