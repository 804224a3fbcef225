import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import type { Step } from '../../engine/run-context.ts';
import { runOperation, type RunOptions } from '../../engine/run.ts';

/** Files of two places: names, of which some are on both sides, with bodies and times that may be the same. */
const anyFiles = fc.dictionary(
  fc.constantFrom('a', 'b.tmp', 'c', 'd/e', 'd/f.tmp', 'g/h/i', 'é'),
  fc.record({ body: fc.constantFrom('', 'x', 'y', 'longer'), seconds: fc.constantFrom(0, 1000) }),
  { noNullPrototype: true },
);
type Files = Readonly<Record<string, { readonly body: string; readonly seconds: number }>>;

const anyOptions = fc.record<Partial<RunOptions>>(
  {
    checksum: fc.boolean(),
    update: fc.boolean(),
    rules: fc.constantFrom([{ action: 'exclude', pattern: '*.tmp' }], [{ action: 'include', pattern: 'd/**' }]),
    sizeBytesMax: fc.constantFrom(0, 1),
    deletesMax: fc.constantFrom(0, 1, 100),
    deletesMaxPercent: fc.constantFrom(0, 50, 100),
    keys: fc.subarray(['a', 'c', 'd/e']),
  },
  { requiredKeys: [] },
);

async function write(directory: string, files: Files): Promise<void> {
  await mkdir(directory);
  for (const [name, { body, seconds }] of Object.entries(files)) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, body);
    await utimes(path, seconds, seconds);
  }
}

async function run(options: RunOptions) {
  const steps: string[] = [];
  const onStep = ({ action, key, because }: Step): void => void steps.push(`${action} ${key} ${because}`);
  const { failures, ...summary } = await runOperation({ ...options, onStep });
  const { objectsCopied, objectsSkipped, objectsDeleted, bytesCopied } = summary;
  return { objectsCopied, objectsSkipped, objectsDeleted, bytesCopied, failures, steps: steps.sort() };
}

test('X5: whatever both sides hold and whatever is asked, a dry run tells what the run does, and does nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('copy', 'sync'),
      anyFiles,
      anyFiles,
      anyOptions,
      async (operation, from, to, options) => {
        const root = await mkdtemp(join(tmpdir(), 'sluice-dry-run-'));
        try {
          await write(join(root, 'from'), from);
          await write(join(root, 'to'), to);
          const [source, destination] = [join(root, 'from'), join(root, 'to')].map(
            (path) => ({ kind: 'directory', path }) as const,
          ) as [RunOptions['source'], RunOptions['destination']];
          const asked = { ...options, operation, source, destination } as const;
          const planned = await run({ ...asked, dryRun: true });
          // Twice: the first changed nothing.
          expect(await run({ ...asked, dryRun: true })).toEqual(planned);
          expect(await run(asked)).toEqual(planned);
        } finally {
          await rm(root, { recursive: true });
        }
      },
    ),
    { numRuns: 40 },
  );
});
