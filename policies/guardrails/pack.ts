import type { ReportViolation, ResourceValidationPolicy, StackValidationPolicy } from '@pulumi/policy';
import type { Configuration } from '../configuration.ts';
import { unknownProperty } from './properties.ts';
import { type Exception, readSettings, settingsSchema } from './settings.ts';
import type { Context, Finding, GuardedResource, ResourceRule, Rule, StackResource, StackRule } from './rule.ts';

/** What a report may carry; @pulumi/policy takes it since 1.4, while its types know of the text alone. */
type Report = (violation: {
  readonly message: string;
  readonly urn?: string;
  readonly enforcementLevel?: 'advisory';
}) => void;

/** The rules as Pulumi's engine calls them, one policy a rule. Their state is what this one run registered so far. */
export function policiesOf(
  rules: readonly Rule[],
  declared: Configuration | undefined,
  now = new Date(),
): (ResourceValidationPolicy | StackValidationPolicy)[] {
  const registered = new Map<string, GuardedResource>();
  return rules.map((rule) =>
    rule.kind === 'resource'
      ? resourcePolicy(rule, { declared, now }, registered)
      : stackPolicy(rule, { declared, now }),
  );
}

type Surroundings = Pick<Context, 'declared' | 'now'>;

function resourcePolicy(
  rule: ResourceRule,
  surroundings: Surroundings,
  registered: Map<string, GuardedResource>,
): ResourceValidationPolicy {
  return {
    ...description(rule),
    validateResource(args, report) {
      const { type, name, urn, props, provider } = args;
      const resource: GuardedResource = {
        type,
        name,
        urn,
        properties: props,
        ...(provider && { provider: provider.props }),
      };
      registered.set(urn, resource);
      const { settings, exceptions } = readSettings(rule, args.getConfig());
      const context = { ...surroundings, settings, registered: [...registered.values()] };
      const findings = findingsOf(() => rule.check(resource, context), urn);
      tell(rule, findings, { report, exceptions, resources: [resource] });
    },
  };
}

function stackPolicy(rule: StackRule, surroundings: Surroundings): StackValidationPolicy {
  return {
    ...description(rule),
    validateStack(args, report) {
      const resources = args.resources.map(
        ({ type, name, urn, props, dependencies, propertyDependencies }): StackResource => ({
          type,
          name,
          urn,
          properties: props,
          dependencies: dependencies.map((dependency) => dependency.urn),
          propertyDependencies: Object.fromEntries(
            Object.entries(propertyDependencies).map(([property, sources]) => [property, sources.map((s) => s.urn)]),
          ),
        }),
      );
      const { settings, exceptions } = readSettings(rule, args.getConfig());
      const findings = findingsOf(() => rule.check(resources, { ...surroundings, settings }));
      tell(rule, findings, { report, exceptions, resources });
    },
  };
}

function description(rule: Rule): Pick<ResourceValidationPolicy, 'name' | 'description' | 'enforcementLevel'> & {
  configSchema: ReturnType<typeof settingsSchema>;
} {
  return {
    name: rule.name,
    description: rule.title,
    enforcementLevel: rule.level,
    configSchema: settingsSchema(rule),
  };
}

type Located = Finding & { readonly urn?: string };

/** Everything a rule finds; where it meets a value that a preview does not know yet, that is a finding too. */
function findingsOf(check: () => Iterable<Located>, urn?: string): Located[] {
  const findings: Located[] = [];
  try {
    for (const finding of check()) findings.push({ ...(urn !== undefined && { urn }), ...finding });
  } catch (error) {
    const property = unknownProperty(error);
    if (property === undefined) throw error;
    findings.push({ ...(urn !== undefined && { urn }), what: property, notKnownYet: true });
  }
  return findings;
}

interface Telling {
  readonly report: ReportViolation;
  readonly exceptions: readonly Exception[];
  readonly resources: readonly GuardedResource[];
}

function tell(rule: Rule, findings: readonly Located[], { report, exceptions, resources }: Telling): void {
  for (const finding of findings) {
    const { urn } = finding;
    const name = resources.find((resource) => resource.urn === urn)?.name;
    const exception = exceptions.find(({ resource }) => resource === urn || resource === name);
    const soft = finding.notKnownYet === true || exception !== undefined;
    (report as unknown as Report)({
      message: messageOf(rule, finding, exception),
      ...(urn !== undefined && { urn }),
      ...(soft && { enforcementLevel: 'advisory' as const }),
    });
  }
}

/** What, why, how to fix; where is the resource that Pulumi shows beside it. */
function messageOf(rule: Rule, finding: Finding, exception: Exception | undefined): string {
  if (finding.notKnownYet === true) {
    return `not known yet: ${finding.what}. The deployment checks it (${rule.title}) before it makes the resource.`;
  }
  if (exception) return `${finding.what}. Excepted: ${exception.because}`;
  return `${finding.what}.\nWhy: ${rule.why}\nFix: ${finding.fix ?? rule.fix}`;
}
