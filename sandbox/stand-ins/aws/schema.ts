import { readProviderSchema } from '../provider/schema.ts';

export const awsSchema = readProviderSchema('aws');
