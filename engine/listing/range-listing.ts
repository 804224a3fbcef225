import { compareKeys } from '../../base/key-order.ts';
import { Failure } from '../failure.ts';
import type { ListedObject, ListingPage } from '../s3-xml.ts';
import { KeyScale } from './key-scale.ts';
import { pageOddity, type ListingOddity } from './listing-oddities.ts';

/** Fetches one page; the query says where it begins. */
export type FetchPage = (query: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<ListingPage>;

export interface RangeListingOptions {
  /** Every key has to begin with it. */
  readonly prefix: string;
  /** Only keys after this one, prefix included. */
  readonly after?: string | undefined;
  /** So many requests at once; one unless given. */
  readonly listersMax?: number;
  /** A second lister is worth its requests where pages keep their reader waiting for so long. */
  readonly slowPageMs?: number;
  /** A listing that is over by then needs no help. */
  readonly pagesBeforeDivision?: number;
  /** More than one lister is at work from now on. */
  readonly onDivided?: (() => void) | undefined;
  /** Hears of what is odd about pages, though nothing is missed for it. */
  readonly onOddity?: ((oddity: ListingOddity) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A local server answers within a few milliseconds, a provider takes some hundred for a page. */
const slowPageMsDefault = 50;
const pagesBeforeDivisionDefault = 4;
/** A provider may answer with pages that hold nothing and say that more follows; it may not do so for ever. */
const emptyPagesMax = 1000;
/**
 * Pages that wait for the reader, of the ranges that it comes to next and of those beyond: with eight listers some 20 pages of
 * 1,000 keys, each some 300 KiB. More would only fill memory.
 */
const pagesAheadMax = 3;
const rangesNear = 3;
const pagesAheadBeyond = 1;
/** What is likely over within so many pages is not divided; nor what could not be, so often. */
const pagesLeftMin = 4;
const fruitlessMax = 2;
/** Divisions that found nothing new are requests for nothing; so many more of them than pages end the attempts. */
const uselessMax = 16;
/** For each lister so many ranges, most of which only hold the pages that wait. */
const rangesPerLister = 1.5;
/** Keys of one page whose letters are learnt. */
const keysLearntMax = 16;

/** The keys after one and up to another, which one lister fetches page by page. */
interface Range {
  /** All keys of the range up to this one have been fetched. */
  reached: string | undefined;
  /** Its last possible key; undefined in the last range. */
  until: string | undefined;
  /** Of the page to come; undefined where that begins after `reached`. */
  token: string | undefined;
  /** The first key of the latest page. */
  began: string | undefined;
  /** Fetched, and not yet read. */
  readonly pages: (readonly ListedObject[])[];
  emptyPages: number;
  /** Rounds of divisions that found nothing to divide. */
  fruitless: number;
  isFetching: boolean;
  isDone: boolean;
}

/**
 * Lists a prefix in the order of keys, page by page. While the reader has to wait for slow pages, further listers take over the upper
 * parts of ranges, those first that the reader comes to first; each keeps a few pages ready:
 *
 *     read | range being read -> | range -> | range ->          | ...
 *
 * A range is divided only after the provider has answered, in order, from the place of division on: one that ignores where to begin
 * keeps its one lister, and is told of. Each page is checked as a whole: a listing that repeats a key, goes back, leaves the prefix or never
 * ends is `broken`. Memory is bounded by the listers, whatever the number of keys.
 */
export function listInRanges(
  fetchPage: FetchPage,
  options: RangeListingOptions,
): AsyncGenerator<readonly ListedObject[]> {
  return new RangeListing(fetchPage, options).read();
}

class RangeListing {
  readonly #fetchPage: FetchPage;
  readonly #options: RangeListingOptions;
  readonly #scale = new KeyScale();
  readonly #reading = new AbortController();
  /** In the order of keys, without gaps; the first is being read. */
  readonly #ranges: Range[];
  #divisionsUnderWay = 0;
  #pages = 0;
  #useless = 0;
  #mayDivide: boolean;
  #isSlow = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(fetchPage: FetchPage, options: RangeListingOptions) {
    this.#fetchPage = fetchPage;
    this.#options = options;
    this.#ranges = [newRange(options.after, undefined)];
    this.#mayDivide = (options.listersMax ?? 1) > 1;
  }

  async *read(): AsyncGenerator<readonly ListedObject[], void, undefined> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const stop = (): void => this.#reading.abort(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      for (let range = this.#ranges[0]; range !== undefined; range = this.#ranges[0]) {
        const page = range.pages.shift();
        if (!range.isDone) this.#goOn(range);
        if (page !== undefined) yield page;
        else if (range.isDone) this.#leave();
        else if (this.#failure !== undefined) throw this.#failure.error;
        else await this.#arrival();
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#reading.abort();
    }
  }

  /** The reader waits; where it had to wait for long, it gets help. */
  async #arrival(): Promise<void> {
    const since = performance.now();
    await new Promise<void>((resolve) => (this.#wake = resolve));
    const { slowPageMs = slowPageMsDefault, pagesBeforeDivision = pagesBeforeDivisionDefault } = this.#options;
    if (performance.now() - since < slowPageMs) return;
    this.#isSlow = true;
    if (this.#pages >= pagesBeforeDivision) this.#divide();
  }

  /** The reader has come to the end of a range. */
  #leave(): void {
    this.#ranges.shift();
    for (const range of this.#ranges.slice(0, rangesNear)) this.#goOn(range);
  }

  #pagesAhead(range: Range): number {
    if (this.#ranges.length === 1) return 1;
    return this.#ranges.indexOf(range) < rangesNear ? pagesAheadMax : pagesAheadBeyond;
  }

  /** Fetches the range's next page, unless enough of its pages wait to be read. */
  #goOn(range: Range): void {
    if (range.isFetching || range.isDone || range.pages.length >= this.#pagesAhead(range)) return;
    if (this.#failure !== undefined || this.#reading.signal.aborted) return;
    range.isFetching = true;
    this.#fetchPage(queryOf(range), this.#reading.signal)
      .then((page) => this.#take(range, page))
      .catch((error: unknown) => (this.#failure ??= { error }))
      .finally(() => {
        range.isFetching = false;
        this.#goOn(range);
        this.#wake();
      });
  }

  /** Throws `broken`. */
  #take(range: Range, { objects, continuationToken }: ListingPage): void {
    if (range.token === undefined && beginsBefore(objects, range.reached)) throw startIgnored(objects, range.reached);
    // All of the page, also what is beyond the range: a listing out of order is told by any of its keys.
    this.#check(objects, range.reached);
    this.#learn(objects);
    this.#pages += 1;
    const oddity = continuationToken === undefined ? undefined : pageOddity(objects.length);
    if (oddity !== undefined) this.#options.onOddity?.(oddity);
    const { until } = range;
    const isBeyond = ({ key }: ListedObject): boolean => until !== undefined && compareKeys(key, until) > 0;
    const last = objects.at(-1);
    const own = last !== undefined && isBeyond(last) ? objects.filter((object) => !isBeyond(object)) : objects;
    if (own.length > 0) range.pages.push(own);
    range.began = own[0]?.key ?? range.began;
    range.reached = own.at(-1)?.key ?? range.reached;
    range.token = continuationToken;
    const isAtEnd = until !== undefined && range.reached === until;
    range.isDone = continuationToken === undefined || own.length < objects.length || isAtEnd;
    range.emptyPages = objects.length === 0 ? range.emptyPages + 1 : 0;
    if (range.emptyPages > emptyPagesMax)
      throw broken(`the listing goes on with empty pages, ${range.emptyPages} one after the other; ${otherWay}`);
  }

  /** Divides the first range that is worth it among all listers that are free. */
  #divide(): void {
    const { listersMax = 1 } = this.#options;
    const busy = this.#ranges.filter(({ isFetching }) => isFetching).length;
    const free = Math.min(listersMax - busy, rangesPerLister * listersMax - this.#ranges.length);
    // One round after the other: before its answers are there, the same places would be asked about again.
    const mayDivide = this.#mayDivide && this.#divisionsUnderWay === 0 && this.#useless <= uselessMax + this.#pages / 2;
    if (!mayDivide || free <= 0) return;
    for (const range of this.#ranges) {
      const { isDone, reached, began, until, fruitless } = range;
      if (isDone || fruitless >= fruitlessMax || reached === undefined || began === undefined) continue;
      const pagesLeft = this.#scale.stepsLeft({ began, reached, until });
      if (pagesLeft < pagesLeftMin) continue;
      const points = this.#scale.divide(reached, until, Math.min(free, pagesLeft - 1));
      range.fruitless += 1;
      for (const point of points) void this.#divideAt(point);
      if (points.length > 0) return;
    }
  }

  /** Asks for the page after the point; where it is as it should be, what follows is a range of its own. */
  async #divideAt(point: string): Promise<void> {
    this.#divisionsUnderWay += 1;
    const upper = newRange(point, undefined);
    try {
      const page = await this.#fetchPage(queryOf(upper), this.#reading.signal);
      if (beginsBefore(page.objects, point)) this.#options.onOddity?.('start ignored');
      this.#check(page.objects, point);
      this.#insert(upper, page);
    } catch {
      // It ignores where to begin, or it cannot serve so many. The listers that are at work find out whether anything else is wrong.
      this.#mayDivide = false;
    } finally {
      this.#divisionsUnderWay -= 1;
      this.#wake();
    }
  }

  #insert(upper: Range, page: ListingPage): void {
    const point = upper.reached ?? '';
    const index = this.#ranges.findIndex(({ until }) => until === undefined || compareKeys(point, until) < 0);
    const lower = this.#ranges[index];
    // The lister below may have come there meanwhile.
    if (lower === undefined || lower.isDone || compareKeys(lower.reached ?? '', point) >= 0) {
      this.#useless += 1;
      return;
    }
    upper.until = lower.until;
    this.#take(upper, page);
    lower.until = point;
    if (upper.pages.length === 0) this.#useless += 1;
    if (upper.isDone && upper.pages.length === 0) return;
    lower.fruitless = 0;
    this.#ranges.splice(index + 1, 0, upper);
    this.#options.onDivided?.();
    this.#goOn(upper);
  }

  #check(objects: readonly ListedObject[], after: string | undefined): void {
    const { prefix } = this.#options;
    let previous = after;
    for (const { key } of objects) {
      if (!key.startsWith(prefix))
        throw broken(`the listing of prefix ${JSON.stringify(prefix)} holds ${JSON.stringify(key)}; ${otherWay}`);
      if (previous !== undefined && compareKeys(previous, key) >= 0) throw outOfOrder(previous, key);
      previous = key;
    }
  }

  #learn(objects: readonly ListedObject[]): void {
    // A fast provider's keys are never divided; but the first of all has to be known.
    if (!this.#mayDivide || (!this.#isSlow && this.#pages > 0)) return;
    const step = Math.max(1, Math.floor(objects.length / keysLearntMax));
    for (let index = 0; index < objects.length; index += step) this.#scale.learn(objects[index]?.key ?? '');
  }
}

function newRange(reached: string | undefined, until: string | undefined): Range {
  const position = { reached, until, token: undefined, began: undefined };
  return { ...position, pages: [], emptyPages: 0, fruitless: 0, isFetching: false, isDone: false };
}

function queryOf({ token, reached }: Range): Record<string, string> {
  if (token !== undefined) return { 'continuation-token': token };
  return reached === undefined ? {} : { 'start-after': reached };
}

/** A page after a key that begins at the key or before it. */
function beginsBefore([first]: readonly ListedObject[], after: string | undefined): boolean {
  return first !== undefined && after !== undefined && compareKeys(first.key, after) <= 0;
}

/** Keys that are named are looked up one by one: no listing is needed for them. */
const otherWay = 'it cannot be compared: name the keys instead (--from-file)';

function outOfOrder(previous: string, key: string): Failure {
  const [told, before] = [JSON.stringify(key), JSON.stringify(previous)];
  const what = key === previous ? `repeats ${told}` : `is not in the order of keys: ${told} comes after ${before}`;
  return broken(`the listing ${what}; ${otherWay}`);
}

function startIgnored([first]: readonly ListedObject[], after = ''): Failure {
  const [told, asked] = [JSON.stringify(first?.key), JSON.stringify(after)];
  const what = `the listing ignores where it is to begin (StartAfter): asked for what comes after ${asked}, it begins with ${told}`;
  return broken(`${what}; it cannot go on where it was interrupted: begin again (--restart)`);
}

function broken(message: string): Failure {
  return new Failure({ kind: 'broken', code: 'BrokenListing', message });
}
