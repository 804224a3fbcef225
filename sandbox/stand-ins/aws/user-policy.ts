import { optionalText, type Properties, text } from '../provider/property-value.ts';
import type { ResourceType } from '../provider/resource-type.ts';
import { untilFound } from '../provider/until-found.ts';
import type { AwsCloud } from './cloud.ts';
import { generatedName } from './generated-name.ts';
import { normalizedPolicy, samePolicy } from './policy-document.ts';
import { hasCode, step, unlessMissing } from './service-error.ts';

const missingCodes = ['NoSuchEntity', 'NoSuchEntityException'];

/** aws.iam.UserPolicy: an inline policy. Its id is `user:name`, split at the first colon. */
export const userPolicy: ResourceType<AwsCloud> = {
  token: 'aws:iam/userPolicy:UserPolicy',

  means: (property, before, after) => property === 'policy' && samePolicy(before, after),

  async create(cloud, inputs) {
    const name = optionalText(inputs, 'name') ?? generatedName(text(inputs, 'namePrefix'));
    const outputs = { ...inputs, name };
    await put(cloud, outputs);
    const iam = await cloud.iam();
    const names = { UserName: text(inputs, 'user'), PolicyName: name };
    await untilFound(
      () => iam.getUserPolicy(names),
      (error) => hasCode(error, ...missingCodes),
    );
    return { id: `${names.UserName}:${name}`, outputs };
  },

  async read(cloud, id, state) {
    const iam = await cloud.iam();
    const [, user = '', name = ''] = /^([^:]*):(.*)$/s.exec(id) ?? [];
    const found = await unlessMissing(missingCodes, () => iam.getUserPolicy({ UserName: user, PolicyName: name }));
    if (found === undefined) return undefined;
    const document = decodeURIComponent(found.PolicyDocument ?? '');
    const known = state['policy'] ?? null;
    const policy = samePolicy(known, document) ? known : document;
    return { id, outputs: { ...state, name, user, policy } };
  },

  async update(cloud, { inputs, state }) {
    const outputs = { ...inputs, name: text(state, 'name') };
    await put(cloud, outputs);
    return outputs;
  },

  async delete(cloud, id, state) {
    const iam = await cloud.iam();
    await step(`deleting IAM User Policy (${id})`, () =>
      unlessMissing(missingCodes, () =>
        iam.deleteUserPolicy({ UserName: text(state, 'user'), PolicyName: text(state, 'name') }),
      ),
    );
  },
};

async function put(cloud: AwsCloud, outputs: Properties): Promise<void> {
  const iam = await cloud.iam();
  const user = text(outputs, 'user');
  await step(`putting IAM User Policy (${text(outputs, 'name')}) of ${user}`, () =>
    iam.putUserPolicy({
      UserName: user,
      PolicyName: text(outputs, 'name'),
      PolicyDocument: normalizedPolicy(text(outputs, 'policy')),
    }),
  );
}
