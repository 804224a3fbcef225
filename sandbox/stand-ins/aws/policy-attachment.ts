import type { AttachedPolicy, IAM } from '@aws-sdk/client-iam';
import { text } from '../provider/property-value.ts';
import type { ResourceType } from '../provider/resource-type.ts';
import type { AwsCloud } from './cloud.ts';
import { missingEntity, step, unlessMissing } from './service-error.ts';

/** A managed policy and who holds it. */
interface Attachment {
  readonly holder: string;
  readonly policyArn: string;
}

/** A page of what is attached to one holder. */
interface AttachedPage {
  readonly AttachedPolicies?: AttachedPolicy[] | undefined;
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
}

interface AttachmentCalls {
  readonly token: string;
  readonly holder: 'user' | 'role';
  readonly title: string;
  readonly attach: (iam: IAM, attachment: Attachment) => Promise<unknown>;
  readonly detach: (iam: IAM, attachment: Attachment) => Promise<unknown>;
  readonly list: (iam: IAM, holder: string, marker: { readonly Marker?: string }) => Promise<AttachedPage>;
}

/** A managed policy given to a holder. Its id is `holder/policyArn`, split at the first slash; every change replaces it. */
export function policyAttachment({
  token,
  holder,
  title,
  attach,
  detach,
  list,
}: AttachmentCalls): ResourceType<AwsCloud> {
  async function isAttached(iam: IAM, attachment: Attachment): Promise<boolean> {
    let marker: string | undefined;
    do {
      const page = await list(iam, attachment.holder, marker === undefined ? {} : { Marker: marker });
      if (page.AttachedPolicies?.some(({ PolicyArn: arn }) => arn === attachment.policyArn) === true) return true;
      marker = page.IsTruncated === true ? page.Marker : undefined;
    } while (marker !== undefined);
    return false;
  }

  return {
    token,
    deletesBeforeReplace: true,

    async create(cloud, inputs) {
      const iam = await cloud.iam();
      const attachment = { holder: text(inputs, holder), policyArn: text(inputs, 'policyArn') };
      await step(`attaching ${title} (${attachment.policyArn}) to ${attachment.holder}`, () => attach(iam, attachment));
      return { id: `${attachment.holder}/${attachment.policyArn}`, outputs: inputs };
    },

    async read(cloud, id) {
      const iam = await cloud.iam();
      const [, holderName = '', policyArn = ''] = /^([^/]*)\/(.*)$/s.exec(id) ?? [];
      const found = await unlessMissing(missingEntity, () => isAttached(iam, { holder: holderName, policyArn }));
      return found === true ? { id, outputs: { [holder]: holderName, policyArn } } : undefined;
    },

    update() {
      throw new Error(`every input of ${token} replaces it, so the engine never updates one`);
    },

    async delete(cloud, id, state) {
      const iam = await cloud.iam();
      await step(`detaching ${title} (${id})`, () =>
        unlessMissing(missingEntity, () =>
          detach(iam, { holder: text(state, holder), policyArn: text(state, 'policyArn') }),
        ),
      );
    },
  };
}
