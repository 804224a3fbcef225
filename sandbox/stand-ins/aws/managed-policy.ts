import type { IAM, Policy } from '@aws-sdk/client-iam';
import { optionalText, type Properties, text, textMap, withoutUnset } from '../provider/property-value.ts';
import type { Existing, ResourceType } from '../provider/resource-type.ts';
import { untilFound } from '../provider/until-found.ts';
import type { AwsCloud } from './cloud.ts';
import { generatedName } from './generated-name.ts';
import { keptPolicy, normalizedPolicy, samePolicy } from './policy-document.ts';
import { isMissingEntity, missingEntity, step, unlessMissing } from './service-error.ts';
import { allTags, changeTags, tagList, tagOutputs, tagsOf } from './tags.ts';

/** IAM keeps this many versions of a managed policy ("IAM and AWS STS quotas"). */
const versionsMax = 5;

/** aws.iam.Policy: a managed policy. Its id is its ARN; each change of its text is a new version. */
export const managedPolicy: ResourceType<AwsCloud> = {
  token: 'aws:iam/policy:Policy',

  check: (inputs) =>
    (inputs['delayAfterPolicyCreationInMs'] ?? null) === null
      ? []
      : [{ property: 'delayAfterPolicyCreationInMs', reason: "the sandbox's stand-in does not wait" }],

  complete: allTags,

  means: (property, before, after) => property === 'policy' && samePolicy(before, after),

  async create(cloud, inputs) {
    const iam = await cloud.iam();
    const name = optionalText(inputs, 'name') ?? generatedName(text(inputs, 'namePrefix'));
    const { Policy: made } = await step(`creating IAM Policy (${name})`, () =>
      iam.createPolicy({
        PolicyName: name,
        Path: text(inputs, 'path'),
        Description: optionalText(inputs, 'description'),
        PolicyDocument: normalizedPolicy(text(inputs, 'policy')),
        Tags: tagList(textMap(inputs, 'tagsAll')),
      }),
    );
    const arn = made?.Arn ?? '';
    const found = await untilFound(() => getPolicy(iam, arn), isMissingEntity);
    return existing(found, inputs, cloud);
  },

  async read(cloud, id, state) {
    const iam = await cloud.iam();
    const found = await unlessMissing(missingEntity, () => getPolicy(iam, id));
    return found === undefined ? undefined : existing(found, state, cloud);
  },

  async update(cloud, { id, inputs, state }) {
    const iam = await cloud.iam();
    await step(`updating IAM Policy (${id})`, async () => {
      if (!samePolicy(inputs['policy'] ?? null, state['policy'] ?? null)) {
        await makeRoom(iam, id);
        const PolicyDocument = normalizedPolicy(text(inputs, 'policy'));
        await iam.createPolicyVersion({ PolicyArn: id, PolicyDocument, SetAsDefault: true });
      }
      await changeTags(textMap(state, 'tagsAll'), textMap(inputs, 'tagsAll'), {
        untag: (TagKeys) => iam.untagPolicy({ PolicyArn: id, TagKeys }),
        tag: (Tags) => iam.tagPolicy({ PolicyArn: id, Tags }),
      });
    });
    return existing(await getPolicy(iam, id), inputs, cloud).outputs;
  },

  async delete(cloud, id) {
    const iam = await cloud.iam();
    await step(`deleting IAM Policy (${id})`, () =>
      unlessMissing(missingEntity, async () => {
        for (const { VersionId, IsDefaultVersion } of await versionsOf(iam, id)) {
          if (IsDefaultVersion !== true) await iam.deletePolicyVersion({ PolicyArn: id, VersionId });
        }
        await iam.deletePolicy({ PolicyArn: id });
      }),
    );
  },
};

/** A sixth version is refused: the oldest that is not in force goes. */
async function makeRoom(iam: IAM, arn: string): Promise<void> {
  const versions = await versionsOf(iam, arn);
  if (versions.length < versionsMax) return;
  const oldest = versions
    .filter(({ IsDefaultVersion }) => IsDefaultVersion !== true)
    .toSorted((left, right) => (left.CreateDate?.getTime() ?? 0) - (right.CreateDate?.getTime() ?? 0))
    .at(0);
  await iam.deletePolicyVersion({ PolicyArn: arn, VersionId: oldest?.VersionId });
}

async function versionsOf(iam: IAM, arn: string) {
  // A page holds 100, and a policy has five.
  return (await iam.listPolicyVersions({ PolicyArn: arn })).Versions ?? [];
}

interface FoundPolicy extends Policy {
  /** As IAM answers it. */
  readonly document: string | undefined;
}

async function getPolicy(iam: IAM, arn: string): Promise<FoundPolicy> {
  const { Policy: found } = await iam.getPolicy({ PolicyArn: arn });
  if (found === undefined) throw new Error(`GetPolicy for ${arn} answered without a policy`);
  const { PolicyVersion: version } = await iam.getPolicyVersion({ PolicyArn: arn, VersionId: found.DefaultVersionId });
  return { ...found, document: version?.Document };
}

function existing({ document, ...found }: FoundPolicy, state: Properties, cloud: AwsCloud): Existing {
  const outputs = withoutUnset({
    arn: found.Arn,
    attachmentCount: found.AttachmentCount,
    description: found.Description,
    name: found.PolicyName,
    namePrefix: state['namePrefix'],
    path: found.Path,
    policy: keptPolicy(state['policy'], document),
    policyId: found.PolicyId,
    ...tagOutputs(tagsOf(found.Tags), state, cloud),
  });
  return { id: text(outputs, 'arn'), outputs };
}
