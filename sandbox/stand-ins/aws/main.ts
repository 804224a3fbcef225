import { installedVersion } from '../provider/installed-version.ts';
import { serve } from '../provider/serve.ts';
import { accessKey } from './access-key.ts';
import { bucketOwnershipControls } from './bucket-ownership-controls.ts';
import { bucketPublicAccessBlock } from './bucket-public-access-block.ts';
import { bucket } from './bucket.ts';
import { checkConfiguration, configure } from './configuration.ts';
import { awsSchema } from './schema.ts';
import { userPolicy } from './user-policy.ts';
import { user } from './user.ts';

/** The stand-in for the aws provider, started by the engine through pulumi-resource-aws. */
serve({
  name: 'aws',
  schema: awsSchema,
  version: installedVersion('@pulumi/aws'),
  storesDefaults: true,
  updatesKeepOutputs: true,
  resourceTypes: [user, userPolicy, accessKey, bucket, bucketPublicAccessBlock, bucketOwnershipControls],
  checkConfiguration,
  configure,
});
