import { runNode } from '../support/command-line.ts';

test('every requirement is listed, however its table is laid out', async () => {
  const { stdout, exitCode } = await runNode(['scripts/requirements.ts']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^S1 {2}Read-only source access for a bucket or a prefix/m);
  expect(stdout).toMatch(/of 40 requirements have a passing test/);
});
