import { installedVersion } from '../provider/installed-version.ts';
import { serve } from '../provider/serve.ts';
import { accessKey } from './access-key.ts';
import { bucketOwnershipControls } from './bucket-ownership-controls.ts';
import { bucketPublicAccessBlock } from './bucket-public-access-block.ts';
import { bucket } from './bucket.ts';
import { checkConfiguration, configure } from './configuration.ts';
import { managedPolicy } from './managed-policy.ts';
import { openIdConnectProvider } from './open-id-connect-provider.ts';
import { rolePolicyAttachment } from './role-policy-attachment.ts';
import { rolePolicy } from './role-policy.ts';
import { role } from './role.ts';
import { awsSchema } from './schema.ts';
import { userPolicyAttachment } from './user-policy-attachment.ts';
import { userPolicy } from './user-policy.ts';
import { user } from './user.ts';

/** The stand-in for the aws provider, started by the engine through pulumi-resource-aws. */
serve({
  name: 'aws',
  schema: awsSchema,
  version: installedVersion('@pulumi/aws'),
  storesDefaults: true,
  updatesKeepOutputs: true,
  resourceTypes: [
    user,
    userPolicy,
    userPolicyAttachment,
    accessKey,
    managedPolicy,
    role,
    rolePolicy,
    rolePolicyAttachment,
    openIdConnectProvider,
    bucket,
    bucketPublicAccessBlock,
    bucketOwnershipControls,
  ],
  checkConfiguration,
  configure,
});
