import { actionsMatching } from '../../evaluator/policy-findings.ts';
import { allowingStatements, type DocumentStatement } from '../iam-documents.ts';
import type { ResourceRule } from '../rule.ts';

/** How many actions a finding names: `s3:*` holds dozens. */
const actionsShown = 5;

export const permissionManagement: ResourceRule = {
  kind: 'resource',
  name: 'permission-management',
  title: 'No credential may change who has access',
  level: 'mandatory',
  requirements: ['S3', 'S4'],
  why: 'whoever may change permissions may give themselves any other, and no copy, sync or verification needs it; not even s3:PutObjectAcl, since new buckets ignore ACLs.',
  fix: 'remove these actions; let the identity that deploys manage permissions.',
  *check(resource) {
    for (const statement of allowingStatements(resource)) {
      const managing = permissionActions(statement);
      if (managing.length === 0) continue;
      const more = managing.length > actionsShown ? ` and ${managing.length - actionsShown} more` : '';
      yield { what: `${statement.place} allows ${managing.slice(0, actionsShown).join(', ')}${more}` };
    }
  },
};

/** Actions of AWS's access level "Permissions management" that the statement allows, as the evaluator decides it. */
function permissionActions({ compiled }: DocumentStatement): readonly string[] {
  return actionsMatching('*')
    .filter(({ accessLevel }) => accessLevel === 'Permissions management')
    .map(({ action }) => action)
    .filter((action) => compiled.matchesAction(action.toLowerCase()));
}
