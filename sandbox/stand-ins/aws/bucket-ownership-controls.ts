import type { ObjectOwnership } from '@aws-sdk/client-s3';
import { isProperties, type Properties, text } from '../provider/property-value.ts';
import type { ResourceType } from '../provider/resource-type.ts';
import { untilFound } from '../provider/until-found.ts';
import type { AwsCloud } from './cloud.ts';
import { ownRegion, regionOf } from './region.ts';
import { hasCode, step, unlessMissing } from './service-error.ts';

const ownerships: readonly ObjectOwnership[] = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'];

/** aws.s3.BucketOwnershipControls. */
export const bucketOwnershipControls: ResourceType<AwsCloud> = {
  token: 'aws:s3/bucketOwnershipControls:BucketOwnershipControls',

  complete: ownRegion,

  async create(cloud, inputs) {
    // The bucket may be seconds old.
    await untilFound(
      () => put(cloud, inputs),
      (error) => hasCode(error, 'NoSuchBucket'),
    );
    return { id: text(inputs, 'bucket'), outputs: inputs };
  },

  async read(cloud, id, state) {
    const s3 = await cloud.s3(regionOf(state, cloud));
    const found = await unlessMissing(['NoSuchBucket', 'OwnershipControlsNotFoundError'], () =>
      s3.getBucketOwnershipControls({ Bucket: id }),
    );
    const objectOwnership = found?.OwnershipControls?.Rules?.[0]?.ObjectOwnership;
    if (objectOwnership === undefined) return undefined;
    return { id, outputs: { ...state, bucket: id, region: regionOf(state, cloud), rule: { objectOwnership } } };
  },

  async update(cloud, { inputs }) {
    await put(cloud, inputs);
    return inputs;
  },

  async delete(cloud, id, state) {
    const s3 = await cloud.s3(regionOf(state, cloud));
    await step(`deleting S3 Bucket Ownership Controls (${id})`, () =>
      unlessMissing(['NoSuchBucket', 'OwnershipControlsNotFoundError'], () =>
        s3.deleteBucketOwnershipControls({ Bucket: id }),
      ),
    );
  },
};

async function put(cloud: AwsCloud, inputs: Properties): Promise<void> {
  const s3 = await cloud.s3(regionOf(inputs, cloud));
  const bucket = text(inputs, 'bucket');
  const rule = inputs['rule'];
  const ownership = ownerships.find((name) => isProperties(rule) && rule['objectOwnership'] === name);
  await step(`putting S3 Bucket Ownership Controls (${bucket})`, () =>
    s3.putBucketOwnershipControls({
      Bucket: bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] },
    }),
  );
}
