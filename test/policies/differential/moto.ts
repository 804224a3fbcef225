import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { installPythonPackages } from '../../../toolchain/python-packages.ts';

/** moto (Apache-2.0) with all that its enforcement of IAM policies needs; a test-only program in the user's cache. */
export const motoPackages = {
  name: 'moto',
  pins: [
    'moto==5.2.5',
    'boto3==1.44.5',
    'botocore==1.44.5',
    'certifi==2026.10.18',
    'cffi==2.1.1',
    'charset-normalizer==3.5.2',
    'cryptography==50.0.2',
    'idna==3.20',
    'jmespath==1.1.0',
    'markupsafe==3.0.4',
    'pycparser==3.12',
    'python-dateutil==2.9.0.post0',
    'pyyaml==6.0.3',
    'requests==2.34.2',
    'responses==0.26.3',
    's3transfer==0.19.3',
    'six==1.17.0',
    'urllib3==2.8.0',
    'werkzeug==3.1.9',
    'xmltodict==1.0.4',
  ],
};

export interface MotoQuestion {
  /** Documents as they are written. */
  readonly policies: readonly string[];
  readonly action: string;
  readonly resource: string;
}

export type MotoAnswer = 'allowed' | 'refused';

/** What moto decides on each question, in order. Throws where it fails. */
export async function askMoto(questions: readonly MotoQuestion[]): Promise<readonly MotoAnswer[]> {
  const narrate = (line: string): void => console.info(line);
  const modules = await installPythonPackages(motoPackages, { environment: process.env, narrate });
  const script = join(import.meta.dirname, 'decide-with-moto.py');
  const child = spawn('python3', ['-B', script], { env: { ...process.env, PYTHONPATH: modules } });
  const [stdout, stderr]: Buffer[][] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout?.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr?.push(chunk));
  const closed = once(child, 'close');
  child.stdin.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(''));
  const [exitCode] = (await closed) as [number | null];
  const answers = Buffer.concat(stdout ?? [])
    .toString()
    .trim()
    .split('\n');
  if (exitCode !== 0 || answers.length !== questions.length) {
    throw new Error(`moto ended with ${exitCode}: ${Buffer.concat(stderr ?? []).toString()}`);
  }
  return answers.map((answer) => (answer === 'allowed' ? 'allowed' : 'refused'));
}
