import { readProviderSchema } from '../provider/schema.ts';

export const cloudflareSchema = readProviderSchema('cloudflare');
