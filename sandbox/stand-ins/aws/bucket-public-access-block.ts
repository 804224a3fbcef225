import { type Properties, text } from '../provider/property-value.ts';
import type { ResourceType } from '../provider/resource-type.ts';
import { untilFound } from '../provider/until-found.ts';
import type { AwsCloud } from './cloud.ts';
import { ownRegion, regionOf } from './region.ts';
import { hasCode, step, unlessMissing } from './service-error.ts';

/** aws.s3.BucketPublicAccessBlock: four flags, all sent each time, so that leaving one out switches it off. */
export const bucketPublicAccessBlock: ResourceType<AwsCloud> = {
  token: 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',

  complete: ownRegion,

  async create(cloud, inputs) {
    const bucket = text(inputs, 'bucket');
    // The bucket may be seconds old.
    await untilFound(
      () => put(cloud, inputs),
      (error) => hasCode(error, 'NoSuchBucket'),
    );
    return { id: bucket, outputs: inputs };
  },

  async read(cloud, id, state) {
    const s3 = await cloud.s3(regionOf(state, cloud));
    const found = await unlessMissing(['NoSuchBucket', 'NoSuchPublicAccessBlockConfiguration'], () =>
      s3.getPublicAccessBlock({ Bucket: id }),
    );
    const flags = found?.PublicAccessBlockConfiguration;
    if (flags === undefined) return undefined;
    const outputs = {
      ...state,
      bucket: id,
      region: regionOf(state, cloud),
      blockPublicAcls: flags.BlockPublicAcls ?? false,
      blockPublicPolicy: flags.BlockPublicPolicy ?? false,
      ignorePublicAcls: flags.IgnorePublicAcls ?? false,
      restrictPublicBuckets: flags.RestrictPublicBuckets ?? false,
    };
    return { id, outputs };
  },

  async update(cloud, { inputs }) {
    await put(cloud, inputs);
    return inputs;
  },

  async delete(cloud, id, state) {
    if (state['skipDestroy'] === true) return;
    const s3 = await cloud.s3(regionOf(state, cloud));
    await step(`deleting S3 Bucket Public Access Block (${id})`, () =>
      unlessMissing(['NoSuchBucket', 'NoSuchPublicAccessBlockConfiguration'], () =>
        s3.deletePublicAccessBlock({ Bucket: id }),
      ),
    );
  },
};

async function put(cloud: AwsCloud, inputs: Properties): Promise<void> {
  const s3 = await cloud.s3(regionOf(inputs, cloud));
  const bucket = text(inputs, 'bucket');
  await step(`putting S3 Bucket Public Access Block (${bucket})`, () =>
    s3.putPublicAccessBlock({
      Bucket: bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: inputs['blockPublicAcls'] === true,
        BlockPublicPolicy: inputs['blockPublicPolicy'] === true,
        IgnorePublicAcls: inputs['ignorePublicAcls'] === true,
        RestrictPublicBuckets: inputs['restrictPublicBuckets'] === true,
      },
    }),
  );
}
