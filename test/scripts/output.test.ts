import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { checkout, runNode } from '../support/command-line.ts';

jest.setTimeout(30_000);

const script = join(checkout, 'scripts/sluice.ts');

describe('what the command line prints', () => {
  test('when whoever reads it has gone, it ends without a word', async () => {
    const child = spawn(process.execPath, [script, 'copy', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    // Before anything is written: as `| true` does.
    child.stdout.destroy();
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
    const [exitCode] = (await once(child, 'close')) as [number | null];
    expect({ exitCode, told }).toEqual({ exitCode: 141, told: '' });
  });

  test('a flag that is not known is told with where to look', async () => {
    const { exitCode, stderr } = await runNode([script, 'copy', '--transfers', '8']);
    expect(exitCode).toBe(2);
    expect(stderr).toBe("error: unknown option '--transfers'\n(add --help for what it takes)\n");
  });
});
