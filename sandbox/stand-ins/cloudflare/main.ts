import { installedVersion } from '../provider/installed-version.ts';
import { serve } from '../provider/serve.ts';
import { accessApplication } from './access-application.ts';
import { accessPolicy } from './access-policy.ts';
import { accessServiceToken } from './access-service-token.ts';
import { accountToken } from './account-token.ts';
import { checkConfiguration, configure } from './configuration.ts';
import { r2Bucket } from './r2-bucket.ts';
import { r2CustomDomain } from './r2-custom-domain.ts';
import { r2ManagedDomain } from './r2-managed-domain.ts';
import { cloudflareSchema } from './schema.ts';

/** The stand-in for the cloudflare provider, started by the engine through pulumi-resource-cloudflare. */
serve({
  name: 'cloudflare',
  schema: cloudflareSchema,
  version: installedVersion('@pulumi/cloudflare'),
  storesDefaults: false,
  updatesKeepOutputs: false,
  resourceTypes: [
    accountToken,
    r2Bucket,
    r2CustomDomain,
    r2ManagedDomain,
    accessApplication,
    accessPolicy,
    accessServiceToken,
  ],
  checkConfiguration,
  configure,
});
