import { Refused, type Step } from './step.ts';
import type { Place, Role, StorageName } from './world.ts';

/** The bytes of a body, said shortly: `text`, repeated. */
export interface Body {
  readonly text: string;
  readonly times: number;
}

/** A body of `text`, repeated; as large as wanted, and short in the source. */
export function body(text: string, times = 1): Body {
  return { text, times };
}

/** One call of S3's API, in the API reference's own names. Bodies are `Body`; a body of an answer comes as text. */
export interface ApiCall {
  readonly cloud: StorageName;
  readonly as: Role;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** An SDK on two clouds. */
export interface ApiSession {
  /** The answer's fields. Throws `Refused`. */
  ask(call: ApiCall): Promise<Output>;
  place(cloud: StorageName): Place;
  /** What an earlier answer gave and a later call needs: upload ids, entity tags, versions. */
  readonly remembered: Map<string, string>;
}

export type Output = Readonly<Record<string, unknown>>;

export interface CallContext {
  readonly bucket: string;
  readonly otherBucket: string;
  /** Empty for what was never remembered, which no provider takes. */
  readonly recall: (name: string) => string;
}

/** Fields of a call's input. */
export type Input = Readonly<Record<string, unknown>>;

export interface CallOptions {
  /** What of the answer is looked at; `done` unless said. */
  readonly see?: (output: Output, context: CallContext) => string;
  readonly remember?: Readonly<Record<string, (output: Output) => unknown>>;
}

export type CallStep = Step<ApiSession>;

/** Makes steps of `cloud`. The place's bucket is meant where the input names none. */
export function callsOf(cloud: StorageName) {
  return (
    as: Role,
    operation: string,
    what: string,
    input: Input | ((context: CallContext) => Input),
    expected: string,
    { see = () => 'done', remember = {} }: CallOptions = {},
  ): CallStep => ({
    cloud,
    as,
    operation,
    what,
    expected,
    async run(session) {
      const { bucket, otherBucket } = session.place(cloud);
      const context = {
        bucket,
        otherBucket,
        recall: (name: string) => session.remembered.get(`${cloud} ${name}`) ?? '',
      };
      const given = typeof input === 'function' ? input(context) : input;
      const named = operation === 'ListBuckets' ? given : { Bucket: bucket, ...given };
      const output = await session.ask({ cloud, as, operation, input: named });
      for (const [name, pick] of Object.entries(remember)) {
        session.remembered.set(`${cloud} ${name}`, String(pick(output)));
      }
      return see(output, context);
    },
  });
}

/** What an SDK says of a failed call; without a body there is no code to be had, and each SDK makes up another. */
export function refusedCall(operation: string, status: number | undefined, code: string | undefined): Refused {
  const bodiless = operation.startsWith('Head') || status === 304;
  return new Refused(status, bodiless ? undefined : code);
}

/** A list in an answer; none is empty. */
export function list(output: Output, name: string): Output[] {
  return (output[name] as Output[] | undefined) ?? [];
}

/** Fields of an answer, in order. */
export function fields(...names: string[]): (output: Output) => string {
  return (output) => names.map((name) => shown(output[name])).join(', ');
}

/** Names in a list of an answer, without the prefixes that only this run has. */
export function names(listName: string, field: string): (output: Output) => string {
  return (output) =>
    list(output, listName)
      .map((entry) => shown(entry[field]))
      .join(' ') || 'none';
}

/** A field of an answer in words: `none` where it is missing. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
