import type { Configuration } from '../configuration.ts';
import type { Properties } from './properties.ts';

/**
 * A guardrail: something that no deployment may contain, whoever wrote the program. Plain data and a pure function, so
 * that tests call it without an engine.
 */
export type Rule = ResourceRule | StackRule;

interface RuleDescription {
  /** Its name in reports and in guardrails.<stack>.json. */
  readonly name: string;
  /** One sentence: what holds where the rule is kept. */
  readonly title: string;
  readonly level: 'mandatory' | 'advisory';
  /** Ids of docs/requirements.md. */
  readonly requirements: readonly string[];
  readonly why: string;
  /** What to do about a finding, unless the finding says it better. */
  readonly fix: string;
  /** Numbers that guardrails.<stack>.json may change. */
  readonly settings?: Readonly<Record<string, Setting>>;
}

export interface Setting {
  readonly description: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly default: number;
}

/** Looks at one resource before it is created or changed, in a preview as in a deployment. */
export interface ResourceRule extends RuleDescription {
  readonly kind: 'resource';
  /** Reading a value that a preview does not know yet throws; what was found before that counts. */
  check(resource: GuardedResource, context: ResourceContext): Iterable<Finding>;
}

/** Looks at all resources of a stack together, at the end of a preview and of a deployment. */
export interface StackRule extends RuleDescription {
  readonly kind: 'stack';
  check(resources: readonly StackResource[], context: Context): Iterable<Finding & { readonly urn: string }>;
}

export interface Finding {
  /** What was found, and where in the resource. Never a value that may be secret: inputs arrive here in clear. */
  readonly what: string;
  readonly fix?: string;
  /** The rule could not look yet: the value is known only once something else is deployed. */
  readonly notKnownYet?: true;
}

export interface Context {
  /** The parsed configuration of a sluice stack; absent in other programs. */
  readonly declared: Configuration | undefined;
  /** The rule's settings, every default filled in. */
  readonly settings: Readonly<Record<string, number>>;
  readonly now: Date;
}

export interface ResourceContext extends Context {
  /** Everything the program registered up to now, this resource included. */
  readonly registered: readonly GuardedResource[];
}

export interface GuardedResource {
  /** `aws:iam/userPolicy:UserPolicy`. */
  readonly type: string;
  /** In the program. */
  readonly name: string;
  readonly urn: string;
  readonly properties: Properties;
  /** Of the provider that would make it. */
  readonly provider?: Properties;
}

export interface StackResource extends GuardedResource {
  /** URNs of what it waits for. */
  readonly dependencies: readonly string[];
  /** URNs that the value of each property comes from. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}
