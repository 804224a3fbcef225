import { z } from 'zod';

/**
 * What an AWS account of the sandbox keeps on disk. Arrays, not records: names such as `__proto__` are legal in IAM.
 * Dates are ISO 8601 texts. Roles, groups and managed policies will stand beside `users`.
 */
const accessKeyUseSchema = z.strictObject({ date: z.string(), serviceName: z.string(), region: z.string() });

const accessKeySchema = z.strictObject({
  accessKeyId: z.string(),
  /** In clear: SigV4 computes with the secret itself, so a hash would not do. */
  secretAccessKey: z.string(),
  status: z.enum(['Active', 'Inactive']),
  createDate: z.string(),
  lastUsed: accessKeyUseSchema.optional(),
});

const tagSchema = z.strictObject({ key: z.string(), value: z.string() });

const userSchema = z.strictObject({
  userName: z.string(),
  path: z.string(),
  userId: z.string(),
  createDate: z.string(),
  tags: z.array(tagSchema),
  /** Inline policies; `document` is the text as it was put. */
  policies: z.array(z.strictObject({ policyName: z.string(), document: z.string() })),
  accessKeys: z.array(accessKeySchema),
});

export const accountStateSchema = z.strictObject({ format: z.literal(1), users: z.array(userSchema) });

export type AccountState = z.infer<typeof accountStateSchema>;
export type AccessKeyUse = z.infer<typeof accessKeyUseSchema>;
export type AccessKey = z.infer<typeof accessKeySchema>;
export type Tag = z.infer<typeof tagSchema>;
export type User = z.infer<typeof userSchema>;

/** `arn:aws:iam::ACCOUNT:user/PATH/NAME`, as IAM identifiers in the IAM user guide describe it. */
export function userArn(accountId: string, user: { readonly path: string; readonly userName: string }): string {
  return `arn:aws:iam::${accountId}:user${user.path}${user.userName}`;
}
