import type { IAM, User } from '@aws-sdk/client-iam';
import { optionalText, type Properties, text, textMap, withoutUnset } from '../provider/property-value.ts';
import type { Existing, ResourceType } from '../provider/resource-type.ts';
import { untilFound } from '../provider/until-found.ts';
import type { AwsCloud } from './cloud.ts';
import { isMissingEntity, missingEntity, step, unlessMissing } from './service-error.ts';
import { allTags, changeTags, tagList, tagOutputs, tagsOf } from './tags.ts';
import { leaveGroups, removeCredentials } from './user-removal.ts';

/** aws.iam.User. Nothing replaces it: even a new name is an UpdateUser. */
export const user: ResourceType<AwsCloud> = {
  token: 'aws:iam/user:User',

  complete: allTags,

  async create(cloud, inputs) {
    const iam = await cloud.iam();
    const name = text(inputs, 'name');
    await step(`creating IAM User (${name})`, () =>
      iam.createUser({
        UserName: name,
        Path: text(inputs, 'path'),
        PermissionsBoundary: optionalText(inputs, 'permissionsBoundary'),
        Tags: tagList(textMap(inputs, 'tagsAll')),
      }),
    );
    const found = await untilFound(() => getUser(iam, name), isMissingEntity);
    return existing(found, inputs, cloud);
  },

  async read(cloud, id, state) {
    const iam = await cloud.iam();
    // The name in the state, because an update that renamed the user could not change the id.
    const found = await unlessMissing(missingEntity, () => getUser(iam, optionalText(state, 'name') ?? id));
    return found === undefined ? undefined : existing(found, state, cloud);
  },

  async update(cloud, { inputs, state }) {
    const iam = await cloud.iam();
    const oldName = text(state, 'name');
    const name = text(inputs, 'name');
    await step(`updating IAM User (${oldName})`, async () => {
      if (name !== oldName || inputs['path'] !== state['path']) {
        await iam.updateUser({ UserName: oldName, NewUserName: name, NewPath: text(inputs, 'path') });
      }
      await updateBoundary(
        iam,
        name,
        optionalText(state, 'permissionsBoundary'),
        optionalText(inputs, 'permissionsBoundary'),
      );
      await changeTags(textMap(state, 'tagsAll'), textMap(inputs, 'tagsAll'), {
        untag: (TagKeys) => iam.untagUser({ UserName: name, TagKeys }),
        tag: (Tags) => iam.tagUser({ UserName: name, Tags }),
      });
    });
    const found = await untilFound(() => getUser(iam, name), isMissingEntity);
    return existing(found, inputs, cloud).outputs;
  },

  async delete(cloud, id, state) {
    const iam = await cloud.iam();
    const name = optionalText(state, 'name') ?? id;
    await step(`deleting IAM User (${name})`, async () => {
      await leaveGroups(iam, name);
      // The flag as stored: one set in the program but never deployed does not count.
      if (state['forceDestroy'] === true) await removeCredentials(iam, name);
      await unlessMissing(missingEntity, () => iam.deleteUser({ UserName: name }));
    });
  },
};

async function getUser(iam: IAM, name: string): Promise<User> {
  const { User: found } = await iam.getUser({ UserName: name });
  if (found === undefined) throw new Error(`GetUser for ${name} answered without a user`);
  return found;
}

function existing(found: User, state: Properties, cloud: AwsCloud): Existing {
  const outputs = withoutUnset({
    arn: found.Arn,
    name: found.UserName,
    path: found.Path,
    permissionsBoundary: found.PermissionsBoundary?.PermissionsBoundaryArn,
    uniqueId: found.UserId,
    forceDestroy: state['forceDestroy'] ?? false,
    ...tagOutputs(tagsOf(found.Tags), state, cloud),
  });
  return { id: text(outputs, 'name'), outputs };
}

async function updateBoundary(
  iam: IAM,
  name: string,
  before: string | undefined,
  after: string | undefined,
): Promise<void> {
  if (before === after) return;
  if (after === undefined) await iam.deleteUserPermissionsBoundary({ UserName: name });
  else await iam.putUserPermissionsBoundary({ UserName: name, PermissionsBoundary: after });
}
