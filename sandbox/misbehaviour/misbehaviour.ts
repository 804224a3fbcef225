import { compilePattern } from '../../policies/evaluator/pattern.ts';
import type { Matcher } from '../../policies/evaluator/pattern.ts';
import type { DecidingEndpoint } from '../decision-log/logged-decision.ts';
import { misbehavioursSchema } from './fault.ts';
import type { Fault, FaultOf, Misbehaviours, Rule } from './fault.ts';
import { seededRandom } from './seeded-random.ts';
import type { Random } from './seeded-random.ts';

/** What a rule can tell requests apart by. */
export interface Asked {
  readonly endpoint: DecidingEndpoint;
  readonly operation: string;
  /** The key, or the prefix of a listing; absent where a request has neither. */
  readonly key?: string;
}

/** A fault that happens now, with the chance it may still need. */
export interface Happening {
  readonly fault: Fault;
  readonly random: Random;
}

/** What the sandbox was told to do wrong, and how often it did. Nothing outlives the process. */
export interface Misbehaviour {
  readonly schema: typeof misbehavioursSchema;
  /** Replaces all rules; counts begin anew. */
  set(wanted: Misbehaviours): void;
  /** `heard` is called after each change of the rules. */
  whenSet(heard: () => void): void;
  report(): { seed: number; rules: (Rule & { happened: number })[] };
  /** Whether there is any rule at all: the cost of asking on every request. */
  readonly active: boolean;
  /** The faults that happen to this request, counted, in the order of their rules. */
  happenTo(asked: Asked): readonly Happening[];
  /** How far an endpoint's clock is ahead. */
  skewMs(endpoint: DecidingEndpoint): number;
  keyDelay(endpoint: DecidingEndpoint): FaultOf<'key-delay'> | undefined;
}

interface RunningRule {
  readonly rule: Rule;
  readonly operations: readonly Matcher[] | undefined;
  readonly keys: Matcher | undefined;
  readonly random: Random;
  happened: number;
}

/** A sandbox's misbehaviour, which behaves until it is told otherwise. */
export function openMisbehaviour(): Misbehaviour {
  let seed = 1;
  let running: readonly RunningRule[] = [];
  const listeners: (() => void)[] = [];

  function standing<Kind extends 'key-delay' | 'clock-skew'>(endpoint: DecidingEndpoint, kind: Kind): FaultOf<Kind>[] {
    return running
      .filter(({ rule }) => rule.endpoints?.includes(endpoint) ?? true)
      .map(({ rule }) => rule.fault)
      .filter((fault): fault is FaultOf<Kind> => fault.kind === kind);
  }

  return {
    schema: misbehavioursSchema,
    set(wanted) {
      seed = wanted.seed;
      // Each rule has its own chance, so that a new rule changes nothing about the others.
      running = wanted.rules.map((rule, index) => runningRule(rule, seededRandom(seed * 1000 + index)));
      for (const heard of listeners) heard();
    },
    whenSet: (heard) => void listeners.push(heard),
    report: () => ({ seed, rules: running.map(({ rule, happened }) => ({ ...rule, happened })) }),
    get active() {
      return running.length > 0;
    },
    happenTo(asked) {
      return running
        .filter((rule) => matches(rule, asked) && happens(rule))
        .map(({ rule, random }) => ({ fault: rule.fault, random }));
    },
    skewMs: (endpoint) =>
      standing(endpoint, 'clock-skew').reduce((sum, { skewSeconds }) => sum + skewSeconds * 1000, 0),
    keyDelay: (endpoint) => standing(endpoint, 'key-delay')[0],
  };
}

function runningRule(rule: Rule, random: Random): RunningRule {
  const pattern = (text: string): Matcher => compilePattern(text, { variables: false });
  return {
    rule,
    operations: rule.operations?.map(pattern),
    keys: rule.keys === undefined ? undefined : pattern(rule.keys),
    random,
    happened: 0,
  };
}

function matches({ rule: { endpoints }, operations, keys }: RunningRule, { endpoint, operation, key }: Asked): boolean {
  if (endpoints !== undefined && !endpoints.includes(endpoint)) return false;
  if (operations !== undefined && !operations.some((matcher) => matcher(operation))) return false;
  return keys === undefined || (key !== undefined && keys(key));
}

/** Draws a rule's chance; a fault that happens counts. */
function happens(running: RunningRule): boolean {
  const { rule, random } = running;
  if (rule.count !== undefined && running.happened >= rule.count) return false;
  if (rule.probability < 1 && random() >= rule.probability) return false;
  running.happened += 1;
  return true;
}
