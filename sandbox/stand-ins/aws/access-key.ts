import { createHmac } from 'node:crypto';
import type { AccessKeyMetadata, IAM, StatusType } from '@aws-sdk/client-iam';
import { optionalText, type Properties, text, withoutUnset } from '../provider/property-value.ts';
import type { ResourceType } from '../provider/resource-type.ts';
import type { AwsCloud } from './cloud.ts';
import { rfc3339 } from './rfc3339.ts';
import { missingEntity, step, unlessMissing } from './service-error.ts';

/** aws.iam.AccessKey. The secret exists only in the answer to the creation, and stays what the state says. */
export const accessKey: ResourceType<AwsCloud> = {
  token: 'aws:iam/accessKey:AccessKey',

  check: (inputs) =>
    (inputs['pgpKey'] ?? null) === null
      ? []
      : [{ property: 'pgpKey', reason: "the sandbox's stand-in cannot encrypt secrets with PGP" }],

  async create(cloud, inputs) {
    const iam = await cloud.iam();
    const user = text(inputs, 'user');
    const { AccessKey: key } = await step(`creating IAM Access Key of ${user}`, () =>
      iam.createAccessKey({ UserName: user }),
    );
    if (key?.AccessKeyId === undefined || key.SecretAccessKey === undefined) {
      throw new Error(`CreateAccessKey for ${user} answered without a key`);
    }
    const id = key.AccessKeyId;
    if (inputs['status'] === 'Inactive') await updateStatus(iam, id, inputs);
    const outputs = withoutUnset({
      user,
      status: inputs['status'],
      createDate: key.CreateDate === undefined ? undefined : rfc3339(key.CreateDate),
      secret: key.SecretAccessKey,
      sesSmtpPasswordV4: sesSmtpPassword(key.SecretAccessKey, cloud.region),
    });
    return { id, outputs };
  },

  async read(cloud, id, state) {
    const iam = await cloud.iam();
    const user = optionalText(state, 'user') ?? (await ownerOf(iam, id));
    if (user === undefined) return undefined;
    const key = await findKey(iam, user, id);
    if (key === undefined) return undefined;
    const createDate = key.CreateDate === undefined ? undefined : rfc3339(key.CreateDate);
    return { id, outputs: withoutUnset({ ...state, user, status: key.Status, createDate }) };
  },

  async update(cloud, { id, inputs, state }) {
    await updateStatus(await cloud.iam(), id, inputs);
    return withoutUnset({ ...state, status: inputs['status'] });
  },

  async delete(cloud, id, state) {
    const iam = await cloud.iam();
    await step(`deleting IAM Access Key (${id})`, () =>
      unlessMissing(missingEntity, () => iam.deleteAccessKey({ UserName: text(state, 'user'), AccessKeyId: id })),
    );
  },
};

async function updateStatus(iam: IAM, id: string, inputs: Properties): Promise<void> {
  const status: StatusType = inputs['status'] === 'Inactive' ? 'Inactive' : 'Active';
  await step(`updating IAM Access Key (${id}) to ${status}`, () =>
    iam.updateAccessKey({ UserName: text(inputs, 'user'), AccessKeyId: id, Status: status }),
  );
}

async function findKey(iam: IAM, user: string, id: string): Promise<AccessKeyMetadata | undefined> {
  let marker: string | undefined;
  do {
    const page = await unlessMissing(missingEntity, () =>
      iam.listAccessKeys({ UserName: user, ...(marker === undefined ? {} : { Marker: marker }) }),
    );
    const key = page?.AccessKeyMetadata?.find(({ AccessKeyId }) => AccessKeyId === id);
    if (key !== undefined) return key;
    marker = page?.IsTruncated === true ? page.Marker : undefined;
  } while (marker !== undefined);
  return undefined;
}

/** An import knows only the key's id. */
async function ownerOf(iam: IAM, id: string): Promise<string | undefined> {
  const used = await unlessMissing(missingEntity, () => iam.getAccessKeyLastUsed({ AccessKeyId: id }));
  return used?.UserName;
}

/** The password for Amazon SES derived from a secret key ("Obtaining Amazon SES SMTP credentials", signature version 4). */
function sesSmtpPassword(secretAccessKey: string, region: string): string {
  const messages = ['11111111', region, 'ses', 'aws4_request', 'SendRawEmail'];
  const signature = messages.reduce<Buffer>(
    (key, message) => createHmac('sha256', key).update(message).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return Buffer.concat([Buffer.of(0x04), signature]).toString('base64');
}
