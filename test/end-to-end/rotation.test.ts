import type { BucketPlace } from '../../engine/place.ts';
import type { Credential } from '../../policies/stack-outputs.ts';
import { proveAlive, proveDead } from '../../proof/dead-credential.ts';
import { startTestSandbox, type TestSandbox } from '../support/command-line.ts';

jest.setTimeout(180_000);

describe('R8, X3: credentials rotate by redeploying', () => {
  let sandbox: TestSandbox;
  /** By generation, as the outputs gave them: current and previous of each deploy. */
  const issued = new Map<number, { source: Credential; destination: Credential }>();

  beforeAll(async () => {
    sandbox = await startTestSandbox();
    await sandbox.must('up', '--no-post-deploy');
    issued.set(1, await currentOf(sandbox));
  });
  afterAll(() => sandbox.dispose());

  test('deploy 1: generation 1 lives alone, in slot a', async () => {
    expect(issued.get(1)?.source).toMatchObject({ generation: 1, slot: 'a' });
    await expectAlive(issued.get(1));
  });

  test('deploy 2: generation 2 lives in slot b beside generation 1, whose keys stay as they were', async () => {
    await sandbox.must('rotate');
    await sandbox.must('up', '--no-post-deploy');
    const { migrations } = await sandbox.credentials();
    issued.set(2, await currentOf(sandbox));
    expect(issued.get(2)?.destination).toMatchObject({ generation: 2, slot: 'b' });
    expect(migrations['media']?.source?.previous).toEqual(issued.get(1)?.source);
    expect(migrations['media']?.destination?.previous).toEqual(issued.get(1)?.destination);
    await expectAlive(issued.get(1));
    await expectAlive(issued.get(2));
  });

  test('a redeploy in the middle of a rotation changes nothing', async () => {
    await sandbox.must('pulumi', 'up', '--yes', '--skip-preview', '--expect-no-changes', '--stack', 'dev');
  });

  test('deploy 3: generation 1 is dead, generation 2 lives on', async () => {
    await sandbox.must('rotate');
    await sandbox.must('up', '--no-post-deploy');
    expect((await sandbox.credentials()).migrations['media']?.source?.previous).toBeUndefined();
    await expectDead(issued.get(1));
    await expectAlive(issued.get(2));
  });

  test('generation 3 takes slot a again with a secret that was never there before', async () => {
    await sandbox.must('rotate');
    await sandbox.must('up', '--no-post-deploy');
    issued.set(3, await currentOf(sandbox));
    expect(issued.get(3)?.source).toMatchObject({ generation: 3, slot: 'a' });
    const secrets = [...issued.values()].flatMap(({ source, destination }) => [
      source.secretAccessKey,
      destination.secretAccessKey,
    ]);
    expect(new Set(secrets).size).toBe(6);
    await expectDead(issued.get(1));
    await expectAlive(issued.get(2));
    await expectAlive(issued.get(3));
  });

  test('up refuses a generation that is neither the deployed one nor the next, and changes nothing', async () => {
    const before = await sandbox.credentials();
    await sandbox.editCopy((text) =>
      text.replaceAll('generation: 3', 'generation: 5').replaceAll('generation: 2', 'generation: 4'),
    );
    const refused = await sandbox.sluice('up', '--no-post-deploy');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(
      /migrations\[0\]\.source\.credential: generation 5 .*generation 4 to rotate|current must be generation 3, or 4/,
    );
    expect(await sandbox.credentials()).toEqual(before);
  });
});

async function currentOf(sandbox: TestSandbox): Promise<{ source: Credential; destination: Credential }> {
  const media = (await sandbox.credentials()).migrations['media'];
  if (media?.source === undefined || media.destination === undefined) throw new Error('media has two credentials');
  return { source: media.source.current, destination: media.destination.current };
}

function places(pair: { source: Credential; destination: Credential } | undefined): BucketPlace[] {
  if (pair === undefined) throw new Error('that generation was not issued');
  return [pair.source, pair.destination].map(
    ({ provider, endpoint, region, bucket, prefix, accessKeyId, secretAccessKey }) => ({
      kind: 'bucket',
      ...{ provider, endpoint, region, bucket, prefix },
      credentials: { accessKeyId, secretAccessKey },
    }),
  );
}

async function expectAlive(pair: { source: Credential; destination: Credential } | undefined): Promise<void> {
  for (const place of places(pair)) {
    expect(await proveAlive({ place, timeoutSeconds: 10, inARow: 2 })).toMatchObject({ proven: true });
  }
}

async function expectDead(pair: { source: Credential; destination: Credential } | undefined): Promise<void> {
  for (const place of places(pair)) {
    expect(await proveDead({ place, timeoutSeconds: 10, inARow: 2 })).toMatchObject({ proven: true });
  }
}
