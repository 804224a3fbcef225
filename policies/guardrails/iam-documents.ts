import { type IamPolicyStatement, parseIamPolicy } from '../evaluator/iam-policy.ts';
import { type PolicyStatement, readPolicyDocument } from '../evaluator/policy-document.ts';
import { IamPolicyError } from '../evaluator/policy-error.ts';
import { fieldsOf, itemsOf, textOf } from './properties.ts';
import type { GuardedResource } from './rule.ts';

/** An identity policy that a resource would store in IAM. */
export interface IamDocument {
  /** `policy`, `inlinePolicies[0].policy`. */
  readonly place: string;
  readonly statements: readonly DocumentStatement[];
}

export interface DocumentStatement {
  /** `policy, statement "Objects"`. */
  readonly place: string;
  /** As written. */
  readonly written: PolicyStatement;
  /** As the evaluator decides with it. */
  readonly compiled: IamPolicyStatement;
}

/** Why a document could not be read: no rule can vouch for it. */
export interface UnreadableDocument {
  readonly place: string;
  readonly unreadable: string;
}

/** The property that holds the policy's text, by type of resource. */
const textProperties: Readonly<Record<string, string>> = {
  'aws:iam/userPolicy:UserPolicy': 'policy',
  'aws:iam/groupPolicy:GroupPolicy': 'policy',
  'aws:iam/rolePolicy:RolePolicy': 'policy',
  'aws:iam/policy:Policy': 'policy',
  'aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy': 'inlinePolicy',
};

const role = 'aws:iam/role:Role';

/** The statements that allow something, of every identity policy that a resource holds and that can be read. */
export function* allowingStatements(resource: GuardedResource): Generator<DocumentStatement> {
  for (const document of iamDocuments(resource)) {
    if ('unreadable' in document) continue;
    yield* document.statements.filter(({ compiled }) => compiled.effect === 'Allow');
  }
}

/** Every identity policy that a resource holds, read by the evaluator: what it cannot decide is unreadable. */
export function* iamDocuments({ type, properties }: GuardedResource): Generator<IamDocument | UnreadableDocument> {
  const property = textProperties[type];
  if (property !== undefined) {
    const value = properties[property];
    if (value !== undefined && value !== null) yield readDocument(property, value);
    return;
  }
  if (type !== role) return;
  for (const [index, inline] of itemsOf(properties['inlinePolicies']).entries()) {
    const { policy } = fieldsOf(inline);
    if (policy !== undefined && policy !== null) yield readDocument(`inlinePolicies[${index}].policy`, policy);
  }
}

function readDocument(place: string, value: unknown): IamDocument | UnreadableDocument {
  const text = textOf(value) ?? JSON.stringify(value);
  try {
    const { statements } = parseIamPolicy(text);
    const written = readPolicyDocument(text).statements;
    return {
      place,
      statements: statements.flatMap((compiled, index) => {
        const source = written[index];
        return source === undefined
          ? []
          : [{ place: `${place}, statement ${compiled.label}`, written: source, compiled }];
      }),
    };
  } catch (error) {
    if (!(error instanceof IamPolicyError)) throw error;
    // The error's own words may quote the document, and a document may hold what is secret.
    return { place, unreadable: error.place };
  }
}
