import type { PageRecord } from './record.ts';
import type { KeyRange } from './done.ts';

/** One object of a page that is in work. */
export interface PageWork {
  /** It is done, or need not be. */
  done(): void;
  /** It is not: the next run looks at its whole page again. */
  failed(): void;
}

/** Divides a run's keys into pages and hands each over when everything in it is done, in whatever order. */
export interface Pages {
  /** A key that has been decided about, in the order of keys. */
  reached(found: PageFindings): void;
  /** Something about the key that is to be decided next has to be done first. */
  begin(): PageWork;
  /** The listings came to the end of the range, or the run stops here. */
  end(options: { isWhole: boolean; prefixes: readonly string[] }): void;
}

export interface PageFindings {
  readonly key: string;
  readonly atSource: boolean;
  readonly atDestination: boolean;
  /** Only the destination has it, and it may be deleted. */
  readonly deletable: boolean;
  readonly respelled: boolean;
  /** Of `KeyCheck`, after this key; asked for at the end of a page. */
  readonly prefixes: () => readonly string[];
}

const unwatched: PageWork = { done: () => undefined, failed: () => undefined };

/** For a run that nobody will continue. */
export const noPages: Pages = {
  reached: () => undefined,
  begin: () => unwatched,
  end: () => undefined,
};

interface OpenPage {
  record: Omit<PageRecord, 'upTo'> & { upTo: string | undefined };
  keys: number;
  inWork: number;
  isClosed: boolean;
  hasFailed: boolean;
}

/** `keysMax`: so many deletable keys are kept at most, over all pages. */
export function pagesOf(
  range: KeyRange,
  { write, keysMax, pageKeys }: { write: (page: PageRecord) => void; keysMax: number; pageKeys: number },
): Pages {
  let page = open(range.after, range.prefixes);
  let keysKept = 0;

  function settle(settled: OpenPage): void {
    const { record, isClosed, inWork, hasFailed } = settled;
    const { upTo } = record;
    if (isClosed && inWork === 0 && !hasFailed && upTo !== undefined) write({ ...record, upTo });
  }

  return {
    reached({ key, atSource, atDestination, deletable, respelled, prefixes }) {
      const { record } = page;
      record.upTo = key;
      record.sourceObjects += Number(atSource);
      record.destinationObjects += Number(atDestination);
      record.onlyAtDestination += Number(deletable);
      if (respelled) record.respelled.push(key);
      if (deletable && keysKept < keysMax) {
        keysKept += 1;
        record.keys.push(key);
      }
      page.keys += 1;
      if (page.keys < pageKeys) return;
      const full = page;
      full.isClosed = true;
      record.prefixes = [...prefixes()];
      page = open(key, record.prefixes);
      settle(full);
    },
    begin() {
      const own = page;
      own.inWork += 1;
      return {
        done() {
          own.inWork -= 1;
          settle(own);
        },
        failed: () => void (own.hasFailed = true),
      };
    },
    end({ isWhole, prefixes }) {
      if (isWhole && range.until !== undefined) page.record.upTo = range.until;
      page.record.prefixes = [...prefixes];
      page.isClosed = true;
      settle(page);
    },
  };
}

function open(after: string | undefined, prefixes: readonly string[]): OpenPage {
  return {
    record: {
      kind: 'page',
      ...(after === undefined ? {} : { after }),
      upTo: undefined,
      sourceObjects: 0,
      destinationObjects: 0,
      onlyAtDestination: 0,
      keys: [],
      respelled: [],
      prefixes: [...prefixes],
    },
    keys: 0,
    inWork: 0,
    isClosed: false,
    hasFailed: false,
  };
}
