import type * as pulumiTypes from '@pulumi/pulumi';

type MockResourceArgs = pulumiTypes.runtime.MockResourceArgs;

export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/**
 * Stands in for the engine and keeps every resource that a program registers. It is not the engine: secrecy, order and
 * replacement are tested end to end.
 */
export async function recordResources(program: () => Promise<unknown>): Promise<readonly Recorded[]> {
  const pulumi = await import('@pulumi/pulumi');
  const recorded: Recorded[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }: MockResourceArgs) => {
        recorded.push({ type, name, inputs: inputs as Record<string, unknown> });
        return { id: `${name}-id`, state: { ...(inputs as Record<string, unknown>), ...generated(name) } };
      },
      call: () => ({}),
    },
    'sluice',
    'prod',
  );
  await program();
  await pulumi.runtime.disconnect();
  // Resources register when what they need is there, in no fixed order.
  return recorded.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** What providers generate and our components read. */
function generated(name: string): Record<string, string> {
  return {
    secret: `${name}-secret`,
    value: `${name}-value`,
    clientId: `${name}-client`,
    clientSecret: `${name}-secret`,
  };
}

/** The inputs of the only resource of a type. */
export function inputsOf(recorded: readonly Recorded[], type: string): Record<string, unknown>[] {
  return recorded.filter((resource) => resource.type === type).map(({ inputs }) => inputs);
}
