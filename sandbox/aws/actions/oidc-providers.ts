import { z } from 'zod';
import type { AccountState, OidcProvider } from '../account-state.ts';
import { oidcProviderArn } from '../arns.ts';
import { queryAction } from '../query-action.ts';
import type { CallContext } from '../query-action.ts';
import { QueryError } from '../query-error.ts';
import { arn, listOf, tagKey, tags } from './iam-input.ts';
import { mergeTags, renderTag, requestTagConditions, tagFields, withoutTags } from './tags.ts';

/** IAM quotas of OpenID Connect providers. */
const [clientIdsMax, thumbprintsMax] = [100, 5];

const clientId = z.string().min(1).max(255);
const thumbprint = z.string().regex(/^[0-9a-fA-F]{40}$/, 'Thumbprint must be 40 hexadecimal digits');
const providerUrl = z
  .string()
  .max(255)
  .regex(/^https:\/\/[A-Za-z0-9.-]+(?::\d+)?(?:\/[!-~]*)?$/, 'It must be an URL that begins with https://')
  .transform((url) => url.replace(/^https:\/\//, '').replace(/\/$/, ''));
const byArn = { OpenIDConnectProviderArn: arn };

interface NamesProvider {
  readonly OpenIDConnectProviderArn: string;
}
const resource = ({ OpenIDConnectProviderArn }: NamesProvider) => OpenIDConnectProviderArn;

/** Issuers of web identity tokens that roles may trust. */
export const oidcProviderActions = {
  CreateOpenIDConnectProvider: queryAction({
    input: z.strictObject({
      Url: providerUrl,
      ClientIDList: listOf(clientId).default([]),
      ThumbprintList: listOf(thumbprint).default([]),
      Tags: tags.default([]),
    }),
    resource: ({ Url }, { account }) => oidcProviderArn(account.accountId, Url),
    details: ({ Tags }) => ({ conditions: requestTagConditions(Tags) }),
    async run({ Url, ClientIDList, ThumbprintList, Tags }, { account }) {
      const provider: OidcProvider = {
        url: Url,
        clientIds: [...new Set(ClientIDList)],
        // The real service fetches the certificate where none is said; here only the registered keys count.
        thumbprints: ThumbprintList.length > 0 ? ThumbprintList : ['0'.repeat(40)],
        createDate: account.now().toISOString(),
        tags: mergeTags([], Tags),
      };
      requireQuotas(provider);
      await account.update((draft) => {
        if (draft.oidcProviders.some(({ url }) => url === Url)) {
          throw new QueryError('EntityAlreadyExists', `Provider with url https://${Url} already exists.`);
        }
        draft.oidcProviders.push(provider);
      });
      return { OpenIDConnectProviderArn: oidcProviderArn(account.accountId, Url), ...tagFields(provider.tags) };
    },
  }),

  GetOpenIDConnectProvider: queryAction({
    input: z.strictObject(byArn),
    resource,
    run(input, context) {
      const { url, clientIds, thumbprints, createDate, tags: own } = providerIn(context.account.state, input, context);
      return {
        Url: url,
        ClientIDList: clientIds,
        ThumbprintList: thumbprints,
        CreateDate: new Date(createDate),
        ...tagFields(own),
      };
    },
  }),

  ListOpenIDConnectProviders: queryAction({
    input: z.strictObject({}),
    resource: (_input, { account }) => `arn:aws:iam::${account.accountId}:oidc-provider/`,
    run: (_input, { account }) => ({
      OpenIDConnectProviderList: account.state.oidcProviders.map(({ url }) => ({
        Arn: oidcProviderArn(account.accountId, url),
      })),
    }),
  }),

  DeleteOpenIDConnectProvider: queryAction({
    input: z.strictObject(byArn),
    resource,
    run: (input, context) =>
      context.account.update((draft) => {
        draft.oidcProviders.splice(draft.oidcProviders.indexOf(providerIn(draft, input, context)), 1);
      }),
  }),

  AddClientIDToOpenIDConnectProvider: queryAction({
    input: z.strictObject({ ...byArn, ClientID: clientId }),
    resource,
    run: (input, context) =>
      context.account.update((draft) => {
        const provider = providerIn(draft, input, context);
        provider.clientIds = [...new Set([...provider.clientIds, input.ClientID])];
        requireQuotas(provider);
      }),
  }),

  RemoveClientIDFromOpenIDConnectProvider: queryAction({
    input: z.strictObject({ ...byArn, ClientID: clientId }),
    resource,
    // Removing one that is not there succeeds (IAM API reference).
    run: (input, context) =>
      context.account.update((draft) => {
        const provider = providerIn(draft, input, context);
        provider.clientIds = provider.clientIds.filter((id) => id !== input.ClientID);
      }),
  }),

  UpdateOpenIDConnectProviderThumbprint: queryAction({
    input: z.strictObject({ ...byArn, ThumbprintList: listOf(thumbprint) }),
    resource,
    run: (input, context) =>
      context.account.update((draft) => {
        const provider = providerIn(draft, input, context);
        provider.thumbprints = input.ThumbprintList;
        requireQuotas(provider);
      }),
  }),

  TagOpenIDConnectProvider: queryAction({
    input: z.strictObject({ ...byArn, Tags: tags }),
    resource,
    details: ({ Tags }) => ({ conditions: requestTagConditions(Tags) }),
    run: (input, context) =>
      context.account.update((draft) => {
        const provider = providerIn(draft, input, context);
        provider.tags = mergeTags(provider.tags, input.Tags);
      }),
  }),

  UntagOpenIDConnectProvider: queryAction({
    input: z.strictObject({ ...byArn, TagKeys: listOf(tagKey) }),
    resource,
    run: (input, context) =>
      context.account.update((draft) => {
        const provider = providerIn(draft, input, context);
        provider.tags = withoutTags(provider.tags, input.TagKeys);
      }),
  }),

  ListOpenIDConnectProviderTags: queryAction({
    input: z.strictObject(byArn),
    resource,
    run: (input, context) => ({
      Tags: providerIn(context.account.state, input, context).tags.map(renderTag),
      IsTruncated: false,
    }),
  }),
};

function providerIn(
  { oidcProviders }: AccountState,
  { OpenIDConnectProviderArn: wanted }: NamesProvider,
  { account }: CallContext,
): OidcProvider {
  const provider = oidcProviders.find(({ url }) => oidcProviderArn(account.accountId, url) === wanted);
  if (provider !== undefined) return provider;
  throw new QueryError('NoSuchEntity', `OpenIDConnect Provider not found for arn ${wanted}`);
}

function requireQuotas({ clientIds, thumbprints }: OidcProvider): void {
  if (clientIds.length > clientIdsMax) {
    const message = `Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${clientIdsMax}`;
    throw new QueryError('LimitExceeded', message);
  }
  if (thumbprints.length > thumbprintsMax) {
    const message = `A provider has at most ${thumbprintsMax} thumbprints.`;
    throw new QueryError('InvalidInput', message);
  }
}
