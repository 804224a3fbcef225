import type { World } from './world.ts';

/** What one client is asked to do, and what the vendor's documentation says must come of it. */
export interface Step<Session> {
  readonly cloud: CloudName;
  /** Whose credentials the client holds. */
  readonly as: string;
  /** The client's own word for it. */
  readonly operation: string;
  readonly what: string;
  /** From the vendor's documentation, in the words that `run` and `Refused` use. */
  readonly expected: string;
  /** What was seen, without anything that differs between two runs. Throws `Refused` where the client was refused. */
  readonly run: (session: Session) => Promise<string>;
}

/** S3, R2 through its S3 API, and Cloudflare's v4 API. */
export type CloudName = 'S3' | 'R2' | 'API';

/** A step before it ran: a row of docs/conformance.md. */
export interface Row {
  readonly client: string;
  readonly cloud: CloudName;
  readonly as: string;
  readonly operation: string;
  readonly what: string;
  readonly expected: string;
}

export interface SeenRow extends Row {
  readonly seen: string;
}

/** The provider said no. `code` is absent where an answer has no body to hold one. */
export class Refused extends Error {
  constructor(status: number | undefined, code?: string) {
    super(['refused:', status, code].filter((part) => part !== undefined).join(' '));
    this.name = 'Refused';
  }
}

/** One client's whole story; its steps build on each other, in order. */
export interface Scenario {
  /** As `--only` names it. */
  readonly client: string;
  readonly rows: readonly Row[];
  /** Runs the steps of `clouds`; `onStep` hears of each that is done. */
  run(world: World, clouds: readonly CloudName[], onStep: () => void): Promise<SeenRow[]>;
}

export interface ScenarioParts<Session> {
  readonly client: string;
  readonly steps: readonly Step<Session>[];
  readonly open: (world: World, clouds: readonly CloudName[]) => Promise<Session>;
  readonly close: (session: Session) => Promise<void>;
}

/** A scenario of `steps` that share one session. */
export function scenario<Session>(parts: ScenarioParts<Session>): Scenario {
  const { client, steps, open, close } = parts;
  const rowOf = ({ cloud, as, operation, what, expected }: Step<Session>): Row => {
    return { client, cloud, as, operation, what, expected };
  };
  return {
    client,
    rows: steps.map(rowOf),
    async run(world, clouds, onStep) {
      const seen: SeenRow[] = [];
      const session = await open(world, clouds);
      try {
        for (const step of steps.filter(({ cloud }) => clouds.includes(cloud))) {
          seen.push({ ...rowOf(step), seen: await seenBy(step, session) });
          onStep();
        }
      } finally {
        await close(session);
      }
      return seen;
    },
  };
}

/** Whether a row went as the documentation says. */
export function isAsExpected({ expected, seen }: SeenRow): boolean {
  return seen === expected;
}

const wordsMax = 300;

/** A client that fails in an unforeseen way is a finding of its own, not the end of the run. */
async function seenBy<Session>(step: Step<Session>, session: Session): Promise<string> {
  try {
    return await step.run(session);
  } catch (error) {
    if (error instanceof Refused) return error.message;
    const words = error instanceof Error ? error.message : String(error);
    return `error: ${words.replace(/\s+/g, ' ').slice(0, wordsMax)}`;
  }
}
