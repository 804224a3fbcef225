import type { GetOpenIDConnectProviderResponse, IAM } from '@aws-sdk/client-iam';
import {
  isList,
  optionalText,
  type Properties,
  type PropertyValue,
  text,
  textMap,
  withoutUnset,
} from '../provider/property-value.ts';
import type { Existing, ResourceType } from '../provider/resource-type.ts';
import { untilFound } from '../provider/until-found.ts';
import type { AwsCloud } from './cloud.ts';
import { isMissingEntity, missingEntity, step, unlessMissing } from './service-error.ts';
import { allTags, changeTags, tagList, tagOutputs, tagsOf } from './tags.ts';

/** aws.iam.OpenIdConnectProvider: an issuer of web identities that roles may trust. Its id is its ARN; an account has one a URL. */
export const openIdConnectProvider: ResourceType<AwsCloud> = {
  token: 'aws:iam/openIdConnectProvider:OpenIdConnectProvider',

  complete: allTags,

  means: (property, before, after) =>
    property === 'url' &&
    typeof before === 'string' &&
    typeof after === 'string' &&
    withoutScheme(before) === withoutScheme(after),

  async create(cloud, inputs) {
    const iam = await cloud.iam();
    const url = `https://${withoutScheme(text(inputs, 'url'))}`;
    const made = await step(`creating IAM OIDC Provider (${url})`, () =>
      iam.createOpenIDConnectProvider({
        Url: url,
        ClientIDList: texts(inputs['clientIdLists']),
        ThumbprintList: texts(inputs['thumbprintLists']),
        Tags: tagList(textMap(inputs, 'tagsAll')),
      }),
    );
    const arn = made.OpenIDConnectProviderArn ?? '';
    const found = await untilFound(
      () => iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn: arn }),
      isMissingEntity,
    );
    return existing(arn, found, inputs, cloud);
  },

  async read(cloud, id, state) {
    const iam = await cloud.iam();
    const found = await unlessMissing(missingEntity, () =>
      iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn: id }),
    );
    return found === undefined ? undefined : existing(id, found, state, cloud);
  },

  async update(cloud, { id, inputs, state }) {
    const iam = await cloud.iam();
    const provider = { OpenIDConnectProviderArn: id };
    await step(`updating IAM OIDC Provider (${id})`, async () => {
      await updateClients(iam, id, texts(state['clientIdLists']), texts(inputs['clientIdLists']));
      const ThumbprintList = texts(inputs['thumbprintLists']);
      if (ThumbprintList.length > 0 && ThumbprintList.join() !== texts(state['thumbprintLists']).join()) {
        await iam.updateOpenIDConnectProviderThumbprint({ ...provider, ThumbprintList });
      }
      await changeTags(textMap(state, 'tagsAll'), textMap(inputs, 'tagsAll'), {
        untag: (TagKeys) => iam.untagOpenIDConnectProvider({ ...provider, TagKeys }),
        tag: (Tags) => iam.tagOpenIDConnectProvider({ ...provider, Tags }),
      });
    });
    return existing(id, await iam.getOpenIDConnectProvider(provider), inputs, cloud).outputs;
  },

  async delete(cloud, id) {
    const iam = await cloud.iam();
    await step(`deleting IAM OIDC Provider (${id})`, () =>
      unlessMissing(missingEntity, () => iam.deleteOpenIDConnectProvider({ OpenIDConnectProviderArn: id })),
    );
  },
};

async function updateClients(
  iam: IAM,
  OpenIDConnectProviderArn: string,
  before: readonly string[],
  after: readonly string[],
): Promise<void> {
  for (const ClientID of after.filter((client) => !before.includes(client))) {
    await iam.addClientIDToOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID });
  }
  for (const ClientID of before.filter((client) => !after.includes(client))) {
    await iam.removeClientIDFromOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID });
  }
}

function existing(arn: string, found: GetOpenIDConnectProviderResponse, state: Properties, cloud: AwsCloud): Existing {
  const outputs = withoutUnset({
    arn,
    clientIdLists: found.ClientIDList,
    thumbprintLists: found.ThumbprintList,
    // IAM answers without the scheme; the program's own text stays.
    url: withoutScheme(optionalText(state, 'url') ?? '') === found.Url ? state['url'] : found.Url,
    ...tagOutputs(tagsOf(found.Tags), state, cloud),
  });
  return { id: arn, outputs };
}

function withoutScheme(url: string): string {
  return url.replace(/^https:\/\//, '');
}

function texts(value: PropertyValue | undefined): string[] {
  return value !== undefined && isList(value) ? value.filter((item) => typeof item === 'string') : [];
}
