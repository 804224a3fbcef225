import { type ActionTable } from './data/action-table.ts';
import { iamTable } from './data/iam.ts';
import { kmsTable } from './data/kms.ts';
import { s3Table } from './data/s3.ts';
import { stsTable } from './data/sts.ts';
import { type IamPolicyKind, parseIamPolicy } from './iam-policy.ts';
import { compilePattern } from './pattern.ts';
import { type PolicyStatement, readPolicyDocument } from './policy-document.ts';

/**
 * What AWS stores without a word although it cannot mean it. IAM checks a policy's grammar, not its sense: a misspelt
 * action, a bucket's ARN under an object's action, a condition key that the action never sends all grant nothing in silence.
 *
 *     unknown-service       | no service this model knows: nothing can be said of it
 *     unknown-action        | the service has no such action
 *     resource-mismatch     | no resource of the statement is one the action acts on
 *     unsupported-condition | the action never sends this key, so the condition sees it as absent
 *     open-when-absent      | an Allow whose condition also holds where the request leaves the key out
 */
export interface PolicyFinding {
  readonly code:
    'unknown-service' | 'unknown-action' | 'resource-mismatch' | 'unsupported-condition' | 'open-when-absent';
  /** `Statement[0].Action[1]`. */
  readonly place: string;
  readonly what: string;
  readonly fix: string;
}

const tables: Readonly<Record<string, ActionTable>> = { s3: s3Table, iam: iamTable, sts: stsTable, kms: kmsTable };

export interface KnownAction {
  /** `s3:GetObject`, as AWS writes it. */
  readonly action: string;
  readonly accessLevel: string;
  readonly resourceTypes: readonly string[];
  /** Beside the global `aws:` keys, in lower case. */
  readonly conditionKeys: readonly string[];
}

const knownActions = Object.entries(tables).flatMap(([service, table]) =>
  Object.entries(table.actions).map(([name, [accessLevel, resourceTypes, keySet]]) => ({
    lowerCase: `${service}:${name}`.toLowerCase(),
    known: {
      action: `${service}:${name}`,
      accessLevel,
      resourceTypes,
      conditionKeys: (table.keySets[keySet] ?? []).map((key) => key.toLowerCase()),
    } satisfies KnownAction,
  })),
);

/** The actions that a pattern such as `s3:Get*` stands for today; none where the service or the action is unknown. */
export function actionsMatching(pattern: string): readonly KnownAction[] {
  const matches = compilePattern(pattern.toLowerCase(), { variables: false });
  return knownActions.filter(({ lowerCase }) => matches(lowerCase)).map(({ known }) => known);
}

/**
 * Everything in a policy that cannot do what it says, in the order of the document.
 * Throws `IamPolicyError` where the policy cannot be read at all.
 */
export function policyFindings(
  text: string,
  { kind = 'identity' }: { readonly kind?: IamPolicyKind } = {},
): readonly PolicyFinding[] {
  // First what the evaluator refuses to read.
  parseIamPolicy(text, { kind });
  return readPolicyDocument(text).statements.flatMap((statement, index) =>
    findingsOf(statement, `Statement[${index}]`, kind),
  );
}

function findingsOf(statement: PolicyStatement, place: string, kind: IamPolicyKind): readonly PolicyFinding[] {
  const name = statement.Action ? 'Action' : 'NotAction';
  const actions = statement[name] ?? [];
  return [
    ...actions.flatMap((action, index) => unknownAction(action, `${place}.${name}[${index}]`)),
    ...(kind === 'trust' || !statement.Action || !statement.Resource ? [] : mismatches(statement, place)),
    ...conditionFindings(statement, place),
  ];
}

function unknownAction(action: string, place: string): readonly PolicyFinding[] {
  const [service = ''] = action.toLowerCase().split(':');
  if (action === '*' || actionsMatching(action).length > 0) return [];
  if (!Object.hasOwn(tables, service)) {
    const known = Object.keys(tables).join(', ');
    return [
      {
        code: 'unknown-service',
        place,
        what: `"${action}" is of the service "${service}", of which this model knows nothing`,
        fix: `keep policies of ${known} apart from those of other services`,
      },
    ];
  }
  return [
    {
      code: 'unknown-action',
      place,
      what: `"${action}" is no action of ${service}: it grants nothing`,
      fix: service === 's3' && /:headobject$/i.test(action) ? 'write s3:GetObject' : 'take its name from the reference',
    },
  ];
}

/** Actions that act on no resource of the statement: a bucket's ARN under GetObject, an object's under ListBucket. */
function mismatches({ Action: actions = [], Resource: resources = [] }: PolicyStatement, place: string) {
  if (resources.includes('*')) return [];
  return actions.flatMap((pattern, index): readonly PolicyFinding[] => {
    const known = actionsMatching(pattern);
    if (known.length === 0 || known.some((action) => resources.some((resource) => actsOn(action, resource)))) return [];
    const types = [...new Set(known.flatMap(({ resourceTypes }) => resourceTypes))];
    return [
      {
        code: 'resource-mismatch',
        place: `${place}.Action[${index}]`,
        what: `"${pattern}" acts on no resource of this statement: it grants nothing`,
        fix: types.length === 0 ? 'write Resource: "*"' : `name a resource of type ${types.join(' or ')}`,
      },
    ];
  });
}

function actsOn({ action, resourceTypes }: KnownAction, resource: string): boolean {
  const [service = ''] = action.split(':');
  return resourceTypes.some((type) => couldBe(resource, tables[service]?.resources[type] ?? ''));
}

/** Whether some ARN is of both forms: the policy's, with its wildcards, and the type's, with its `${names}`. */
function couldBe(resource: string, form: string): boolean {
  const s3 = /^arn:[^:]*:s3:::(.*)$/.exec(resource)?.[1];
  if (s3 !== undefined && form.startsWith('arn:${Partition}:s3:::')) {
    // A bucket's name has no slash, an object's ARN has one; before either, a star may stand for it.
    return form.endsWith('/${ObjectName}') ? /[/*]/.test(s3) : !s3.includes('/') || /^[^/]*\*/.test(s3);
  }
  const parts = form.split(':').map((part) => part.replace(/\$\{\w+\}/g, '*'));
  const given = resource.split(':');
  return parts.slice(0, 5).every((part, index) => overlaps(part, given[index] ?? ''));
}

function overlaps(form: string, given: string): boolean {
  return (form.includes('*') && given !== '') || given.includes('*') || form === given;
}

/** Keys with a value in every request of some sort; of others the request may leave them out. */
const alwaysSent = /^aws:(securetransport|sourceip|useragent|currenttime|epochtime|principal|resource|requestedregion)/;

function conditionFindings(statement: PolicyStatement, place: string): readonly PolicyFinding[] {
  const known = (statement.Action ?? []).flatMap((pattern) => actionsMatching(pattern));
  return Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.keys(keys).flatMap((key): readonly PolicyFinding[] => {
      const at = `${place}.Condition.${operator}.${key}`;
      const without = known.filter((action) => !supports(action, key));
      const [example] = without;
      if (example && operator !== 'Null') {
        return [
          {
            code: 'unsupported-condition',
            place: at,
            what: `${example.action} never sends "${key}": the condition sees it as absent`,
            fix: `move ${example.action} into a statement without this condition`,
          },
        ];
      }
      if (statement.Effect !== 'Allow' || !opensWhenAbsent(operator) || alwaysSent.test(key.toLowerCase())) return [];
      return [
        {
          code: 'open-when-absent',
          place: at,
          what: `${operator} also holds where a request leaves "${key}" out: it then allows everything`,
          fix: `write ${operator.replace(/^ForAllValues:/, '').replace(/IfExists$/, '')}`,
        },
      ];
    }),
  );
}

function opensWhenAbsent(operator: string): boolean {
  return operator.startsWith('ForAllValues:') || operator.endsWith('IfExists');
}

/** Global keys go with every action; so do a provider's own claims with web identities. */
function supports({ action, conditionKeys }: KnownAction, key: string): boolean {
  const wanted = key.toLowerCase();
  if (wanted.startsWith('aws:')) return true;
  if (action === 'sts:AssumeRoleWithWebIdentity' && /^[^:]*\./.test(wanted)) return true;
  // Some keys end in a name that the policy chooses: `s3:RequestObjectTag/<key>`, `iam:ResourceTag/${TagKey}`.
  return conditionKeys.some((known) => {
    const [fixed = '', named] = known.split(/\$\{|</);
    return named === undefined ? fixed === wanted : wanted.startsWith(fixed);
  });
}
