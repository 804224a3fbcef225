import type { Generations } from '../policies/generation.ts';
import type { Grant } from '../policies/grant.ts';

/** What a credential component takes, whichever provider its grant is on. */
export interface AccessArgs {
  /** What the credential may do, and where. */
  readonly grant: Grant;
  readonly generations: Generations;
  /** Where the credential's holder finds the bucket: its S3 endpoint, and the region to sign for. */
  readonly endpoint: { readonly endpoint: string; readonly region: string };
}
