import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bucket, type BucketSide, startBucketSide } from '../engine/bucket-side.ts';
import { checkout } from '../support/command-line.ts';

jest.setTimeout(60_000);

/** More than are in work at once, so that a run that stops leaves some. */
const files = 300;

/**
 * Runs its arguments at a terminal of its own, and types Ctrl-C twice: once the picture of the run has moved, and after the first was
 * heard.
 */
const atTerminal = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown, typed = b'', 0
while True:
    try:
        shown += os.read(terminal, 65536)
    except OSError:
        break
    if typed == 0 and b'objects' in shown or typed == 1 and b'stopping' in shown:
        os.write(terminal, bytes([3]))
        typed += 1
sys.stdout.write(shown.decode())
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** A copy by the real command line whose writes wait until they are let through. */
describe('P2: a signal', () => {
  let side: BucketSide;
  let directory: string;
  let writesCame: Promise<void>;
  let letThrough: () => void;

  beforeEach(async () => {
    side = await startBucketSide();
    directory = await mkdtemp(join(tmpdir(), 'sluice-signals-'));
    await mkdir(join(directory, 'from'));
    for (let file = 0; file < files; file += 1) await writeFile(join(directory, 'from', `file-${file}`), 'body');
    const { accessKeyId, secretAccessKey } = side.endpoint;
    const profile = `[ordinary]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    await writeFile(join(directory, 'credentials'), profile);
    const opened = Promise.withResolvers<undefined>();
    const came = Promise.withResolvers<undefined>();
    letThrough = () => opened.resolve(undefined);
    writesCame = came.promise;
    side.proxy.fault = async ({ method }) => {
      if (method !== 'PUT') return undefined;
      came.resolve(undefined);
      await opened.promise;
      return undefined;
    };
  });
  afterEach(async () => {
    letThrough();
    await side.close();
    await rm(directory, { recursive: true });
  });

  function startCopy([program, ...words]: readonly string[] = []) {
    const child = spawn(
      program ?? process.execPath,
      [
        ...(program === undefined ? [] : [...words, process.execPath]),
        join(checkout, 'scripts/sluice.ts'),
        ...['copy', '--from', join(directory, 'from'), '--to', `s3://${bucket}/to/`, '--json'],
        ...['--to-endpoint', side.proxy.url, '--to-region', side.endpoint.region, '--to-profile', 'ordinary'],
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'],
          AWS_SHARED_CREDENTIALS_FILE: join(directory, 'credentials'),
          AWS_CONFIG_FILE: join(directory, 'none'),
          SLUICE_JOURNAL_DIRECTORY: join(directory, 'journals'),
        },
      },
    );
    const [stdout, stderr] = [child.stdout.setEncoding('utf8'), child.stderr.setEncoding('utf8')];
    let [printed, told] = ['', ''];
    stdout.on('data', (text: string) => (printed += text));
    const heard = new Promise<void>((resolve) => {
      stderr.on('data', (text: string) => {
        told += text;
        if (told.includes('stopping:')) resolve();
      });
    });
    const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number | null, printed }));
    return { child, heard, ended };
  }

  async function journalFiles(): Promise<string[]> {
    const [name = ''] = await readdir(join(directory, 'journals'));
    return readdir(join(directory, 'journals', name));
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s lets what is in work come to its end, and ends with %i; the same command does the rest',
    async (signal, exitCode) => {
      const { child, heard, ended } = startCopy();
      await writesCame;
      child.kill(signal);
      await heard;
      letThrough();
      const first = await ended;
      expect(first.exitCode).toBe(exitCode);
      const copied = Object.keys(await side.bodies()).length;
      expect(JSON.parse(first.printed)).toMatchObject([
        { summary: { objectsCopied: copied, failures: [{ key: '', code: 'Interrupted' }] } },
      ]);
      expect(copied).toBeGreaterThan(0);
      expect(copied).toBeLessThan(files);
      expect(await journalFiles()).toEqual(['journal']);

      const second = await startCopy().ended;
      expect(second.exitCode).toBe(0);
      expect(JSON.parse(second.printed)).toMatchObject([{ summary: { failures: [] } }]);
      expect(Object.keys(await side.bodies())).toHaveLength(files);
      expect(await journalFiles()).toEqual([]);
    },
  );

  test('that is typed at a terminal, as Ctrl-C, is no different: nothing reads the keyboard', async () => {
    const { ended } = startCopy(['python3', '-c', atTerminal]);
    const { exitCode, printed } = await ended;
    expect(printed).toContain('stopping: what is in work is finished first');
    expect(exitCode).toBe(130);
  });

  test('that comes twice gives up at once what is in work', async () => {
    const { child, heard, ended } = startCopy();
    await writesCame;
    child.kill('SIGINT');
    await heard;
    // Nothing is ever let through: only giving up ends it.
    child.kill('SIGINT');
    expect((await ended).exitCode).toBe(130);
    expect(await side.bodies()).toEqual({});
    letThrough();
    expect((await startCopy().ended).exitCode).toBe(0);
  });
});
