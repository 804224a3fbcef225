import { runNode } from '../support/command-line.ts';

/** Makes the script believe that it runs on another Node. */
function pretending(version: string): string[] {
  const change = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  return ['--import', `data:text/javascript,${encodeURIComponent(change)}`, 'scripts/run.js'];
}

describe('X5: one command from a bare clone', () => {
  test('on a Node that is too old it ends with 2 and says which one is needed', async () => {
    const { exitCode, stderr } = await runNode([...pretending('18.20.0'), 'sluice', '--help']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'sluice: Node 18.20.0 is too old: install Node 20 or newer\n',
    });
  });

  test("on Node 20 it goes on with the project's own Node 22", async () => {
    const { exitCode, stdout } = await runNode([...pretending('20.0.0'), 'sluice', '--help']);
    expect({ exitCode, usage: stdout.includes('Usage: sluice') }).toEqual({ exitCode: 0, usage: true });
  });

  test('a command without the word sluice, as `npx sluice` gives it, is the same', async () => {
    const { exitCode, stdout } = await runNode(['scripts/run.js', 'sandbox', '--help']);
    expect({ exitCode, usage: stdout.includes('Usage: sluice sandbox') }).toEqual({ exitCode: 0, usage: true });
  });
});
