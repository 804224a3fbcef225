import type { CredentialsOutput, Credential } from '../../policies/stack-outputs.ts';
import { type LivenessReport, proveAlive, proveDead } from '../../proof/dead-credential.ts';
import type { BucketPlace } from '../../engine/place.ts';
import { keysOf } from '../administrators.ts';

/** One credential of one generation, and whether it was seen alive or dead. */
export interface GenerationProof {
  readonly access: string;
  readonly generation: number;
  readonly expected: 'alive' | 'dead';
  readonly report: LivenessReport;
}

interface NamedCredential {
  readonly access: string;
  readonly credential: Credential;
}

/** Every migration credential in the output, current and previous. */
export function credentialsIn({ migrations }: CredentialsOutput): NamedCredential[] {
  return Object.entries(migrations).flatMap(([name, sides]) =>
    Object.entries(sides).flatMap(([side, generations]) =>
      [generations?.current, generations?.previous]
        .filter((credential) => credential !== undefined)
        .map((credential) => ({ access: `${name}/${side}`, credential })),
    ),
  );
}

/** Shows by requests that each credential lives, or is dead. */
export function prove(credentials: readonly NamedCredential[], expected: 'alive' | 'dead'): Promise<GenerationProof[]> {
  const ask = expected === 'alive' ? proveAlive : proveDead;
  return Promise.all(
    credentials.map(async ({ access, credential }) => ({
      access,
      generation: credential.generation,
      expected,
      report: await ask({ place: placeOf(credential), timeoutSeconds: 30, inARow: 3 }),
    })),
  );
}

function placeOf(credential: Credential): BucketPlace {
  const { provider, endpoint, region, bucket, prefix } = credential;
  return { kind: 'bucket', provider, endpoint, region, bucket, prefix, credentials: keysOf(credential) };
}
