/** The aws resources that the stand-in serves, by the type token that the engine names them with. */
export const user = 'aws:iam/user:User';
export const userPolicy = 'aws:iam/userPolicy:UserPolicy';
export const userAttachment = 'aws:iam/userPolicyAttachment:UserPolicyAttachment';
export const accessKey = 'aws:iam/accessKey:AccessKey';
export const role = 'aws:iam/role:Role';
export const rolePolicy = 'aws:iam/rolePolicy:RolePolicy';
export const roleAttachment = 'aws:iam/rolePolicyAttachment:RolePolicyAttachment';
export const managedPolicy = 'aws:iam/policy:Policy';
export const oidcProvider = 'aws:iam/openIdConnectProvider:OpenIdConnectProvider';
export const bucket = 'aws:s3/bucket:Bucket';
export const publicAccessBlock = 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock';
export const ownershipControls = 'aws:s3/bucketOwnershipControls:BucketOwnershipControls';
