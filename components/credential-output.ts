import * as pulumi from '@pulumi/pulumi';
import type { Generation, Generations } from '../policies/generation.ts';

export type CredentialOutput<Issued> = pulumi.Output<Issued>;

/**
 * Issues every deployed generation with `issue` and gathers them, current first, as one secret output.
 * The whole is secret: a credential's parts are useless to a reader who may not see its key.
 */
export function collectGenerations<Issued>(
  generations: Generations,
  issue: (generation: Generation) => CredentialOutput<Issued>,
): pulumi.Output<{ current: Issued; previous?: Issued }> {
  const current = issue(generations.current);
  const previous = generations.previous === undefined ? undefined : issue(generations.previous);
  return pulumi.secret(pulumi.all(previous === undefined ? [current] : [current, previous])).apply(named);
}

/** Typed by its own: inside `apply`, Pulumi's types would unwrap what is plain already. */
function named(issued: unknown[]): never {
  const [current, previous] = issued;
  return (previous === undefined ? { current } : { current, previous }) as never;
}
