import type { IAM } from '@aws-sdk/client-iam';
import { optionalText, type Properties, text } from '../provider/property-value.ts';
import type { ResourceType } from '../provider/resource-type.ts';
import { untilFound } from '../provider/until-found.ts';
import type { AwsCloud } from './cloud.ts';
import { generatedName } from './generated-name.ts';
import { keptPolicy, normalizedPolicy, samePolicy } from './policy-document.ts';
import { isMissingEntity, missingEntity, step, unlessMissing } from './service-error.ts';

/** An inline policy's holder and name. */
interface PolicyNames {
  readonly holder: string;
  readonly name: string;
}

interface InlinePolicyCalls {
  readonly token: string;
  /** The input that names the holder, and what errors call the policy. */
  readonly holder: 'user' | 'role';
  readonly title: string;
  readonly get: (iam: IAM, names: PolicyNames) => Promise<{ PolicyDocument?: string | undefined }>;
  readonly put: (iam: IAM, names: PolicyNames, document: string) => Promise<unknown>;
  readonly remove: (iam: IAM, names: PolicyNames) => Promise<unknown>;
}

/** A policy that lives and dies with its holder. Its id is `holder:name`, split at the first colon. */
export function inlinePolicy({ token, holder, title, get, put, remove }: InlinePolicyCalls): ResourceType<AwsCloud> {
  async function write(cloud: AwsCloud, outputs: Properties): Promise<PolicyNames> {
    const names = { holder: text(outputs, holder), name: text(outputs, 'name') };
    const iam = await cloud.iam();
    await step(`putting ${title} (${names.name}) of ${names.holder}`, () =>
      put(iam, names, normalizedPolicy(text(outputs, 'policy'))),
    );
    return names;
  }

  return {
    token,

    means: (property, before, after) => property === 'policy' && samePolicy(before, after),

    async create(cloud, inputs) {
      const name = optionalText(inputs, 'name') ?? generatedName(text(inputs, 'namePrefix'));
      const outputs = { ...inputs, name };
      const names = await write(cloud, outputs);
      const iam = await cloud.iam();
      await untilFound(() => get(iam, names), isMissingEntity);
      return { id: `${names.holder}:${name}`, outputs };
    },

    async read(cloud, id, state) {
      const iam = await cloud.iam();
      const [, holderName = '', name = ''] = /^([^:]*):(.*)$/s.exec(id) ?? [];
      const found = await unlessMissing(missingEntity, () => get(iam, { holder: holderName, name }));
      if (found === undefined) return undefined;
      const policy = keptPolicy(state['policy'], found.PolicyDocument);
      return { id, outputs: { ...state, name, [holder]: holderName, policy } };
    },

    async update(cloud, { inputs, state }) {
      const outputs = { ...inputs, name: text(state, 'name') };
      await write(cloud, outputs);
      return outputs;
    },

    async delete(cloud, id, state) {
      const iam = await cloud.iam();
      await step(`deleting ${title} (${id})`, () =>
        unlessMissing(missingEntity, () => remove(iam, { holder: text(state, holder), name: text(state, 'name') })),
      );
    },
  };
}
