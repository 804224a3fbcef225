import type { IAM, Role } from '@aws-sdk/client-iam';
import { optionalText, type Properties, text, textMap, withoutUnset } from '../provider/property-value.ts';
import type { Existing, Problem, ResourceType } from '../provider/resource-type.ts';
import { untilFound } from '../provider/until-found.ts';
import type { AwsCloud } from './cloud.ts';
import { generatedName } from './generated-name.ts';
import { keptPolicy, normalizedPolicy, samePolicy } from './policy-document.ts';
import { detachPolicies, leaveInstanceProfiles } from './role-removal.ts';
import { rfc3339 } from './rfc3339.ts';
import { hasCode, isMissingEntity, missingEntity, step, unlessMissing } from './service-error.ts';
import { allTags, changeTags, tagList, tagOutputs, tagsOf } from './tags.ts';

/** IAM hears of new principals late: a role that trusts one is refused meanwhile. */
const isFreshPrincipal = (error: unknown): boolean =>
  hasCode(error, 'MalformedPolicyDocument', 'MalformedPolicyDocumentException') &&
  error instanceof Error &&
  error.message.includes('Invalid principal in policy');

/** The real provider waits two minutes; the sandbox hears of principals at once, unless it was told to misbehave. */
const propagationMs = 2000;

/** aws.iam.Role. Its id is its name; a changed trust policy is an UpdateAssumeRolePolicy. */
export const role: ResourceType<AwsCloud> = {
  token: 'aws:iam/role:Role',

  check: (inputs) => ['inlinePolicies', 'managedPolicyArns'].flatMap((name) => deprecated(inputs, name)),

  complete: allTags,

  means: (property, before, after) => property === 'assumeRolePolicy' && samePolicy(before, after),

  async create(cloud, inputs) {
    const iam = await cloud.iam();
    const name = optionalText(inputs, 'name') ?? generatedName(text(inputs, 'namePrefix'));
    const request = {
      RoleName: name,
      Path: text(inputs, 'path'),
      AssumeRolePolicyDocument: normalizedPolicy(text(inputs, 'assumeRolePolicy')),
      Description: optionalText(inputs, 'description'),
      MaxSessionDuration: Number(inputs['maxSessionDuration']),
      PermissionsBoundary: optionalText(inputs, 'permissionsBoundary'),
      Tags: tagList(textMap(inputs, 'tagsAll')),
    };
    await step(`creating IAM Role (${name})`, () =>
      untilFound(() => iam.createRole(request), isFreshPrincipal, propagationMs),
    );
    const found = await untilFound(() => getRole(iam, name), isMissingEntity);
    return existing(found, inputs, cloud);
  },

  async read(cloud, id, state) {
    const iam = await cloud.iam();
    const found = await unlessMissing(missingEntity, () => getRole(iam, id));
    return found === undefined ? undefined : existing(found, state, cloud);
  },

  async update(cloud, { id, inputs, state }) {
    const iam = await cloud.iam();
    await step(`updating IAM Role (${id})`, async () => {
      await updateTrust(iam, id, state, inputs);
      await updateSettings(iam, id, state, inputs);
      await updateBoundary(iam, id, state, inputs);
      await changeTags(textMap(state, 'tagsAll'), textMap(inputs, 'tagsAll'), {
        untag: (TagKeys) => iam.untagRole({ RoleName: id, TagKeys }),
        tag: (Tags) => iam.tagRole({ RoleName: id, Tags }),
      });
    });
    return existing(await getRole(iam, id), inputs, cloud).outputs;
  },

  async delete(cloud, id, state) {
    const iam = await cloud.iam();
    await step(`deleting IAM Role (${id})`, () =>
      unlessMissing(missingEntity, async () => {
        await leaveInstanceProfiles(iam, id);
        // The flag as stored: one set in the program but never deployed does not count.
        if (state['forceDetachPolicies'] === true) await detachPolicies(iam, id);
        await iam.deleteRole({ RoleName: id });
      }),
    );
  },
};

function deprecated(inputs: Properties, property: string): Problem[] {
  if ((inputs[property] ?? null) === null) return [];
  const reason = `the sandbox's stand-in lacks this deprecated property: use the resource of its own`;
  return [{ property, reason }];
}

async function updateTrust(iam: IAM, id: string, state: Properties, inputs: Properties): Promise<void> {
  if (samePolicy(inputs['assumeRolePolicy'] ?? null, state['assumeRolePolicy'] ?? null)) return;
  const PolicyDocument = normalizedPolicy(text(inputs, 'assumeRolePolicy'));
  await untilFound(() => iam.updateAssumeRolePolicy({ RoleName: id, PolicyDocument }), isFreshPrincipal, propagationMs);
}

async function updateSettings(iam: IAM, id: string, state: Properties, inputs: Properties): Promise<void> {
  const Description = optionalText(inputs, 'description') ?? '';
  if (Description !== (optionalText(state, 'description') ?? '')) {
    await iam.updateRoleDescription({ RoleName: id, Description });
  }
  if (inputs['maxSessionDuration'] !== state['maxSessionDuration']) {
    await iam.updateRole({ RoleName: id, MaxSessionDuration: Number(inputs['maxSessionDuration']) });
  }
}

async function updateBoundary(iam: IAM, id: string, state: Properties, inputs: Properties): Promise<void> {
  const PermissionsBoundary = optionalText(inputs, 'permissionsBoundary');
  if (PermissionsBoundary === optionalText(state, 'permissionsBoundary')) return;
  if (PermissionsBoundary === undefined) await iam.deleteRolePermissionsBoundary({ RoleName: id });
  else await iam.putRolePermissionsBoundary({ RoleName: id, PermissionsBoundary });
}

async function getRole(iam: IAM, name: string): Promise<Role> {
  const { Role: found } = await iam.getRole({ RoleName: name });
  if (found === undefined) throw new Error(`GetRole for ${name} answered without a role`);
  return found;
}

function existing(found: Role, state: Properties, cloud: AwsCloud): Existing {
  const outputs = withoutUnset({
    arn: found.Arn,
    assumeRolePolicy: keptPolicy(state['assumeRolePolicy'], found.AssumeRolePolicyDocument),
    createDate: found.CreateDate && rfc3339(found.CreateDate),
    description: found.Description,
    forceDetachPolicies: state['forceDetachPolicies'] ?? false,
    maxSessionDuration: found.MaxSessionDuration,
    name: found.RoleName,
    namePrefix: state['namePrefix'],
    path: found.Path,
    permissionsBoundary: found.PermissionsBoundary?.PermissionsBoundaryArn,
    uniqueId: found.RoleId,
    ...tagOutputs(tagsOf(found.Tags), state, cloud),
  });
  return { id: text(outputs, 'name'), outputs };
}
