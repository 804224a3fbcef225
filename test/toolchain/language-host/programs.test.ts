import { ensureStack, stackExport, stackOutputs } from '../../../toolchain/stack.ts';
import {
  cliTimeoutMs,
  findCli,
  projectFile,
  runTimeoutMs,
  stack,
  withPulumiProject,
} from '../fixtures/pulumi-project.ts';

jest.setTimeout(runTimeoutMs);
beforeAll(findCli, cliTimeoutMs);

const program = `import * as pulumi from '@pulumi/pulumi';

class Greeting extends pulumi.ComponentResource {
  readonly text: pulumi.Output<string>;
  constructor(name: string, whom: string) {
    super('test:index:Greeting', name);
    this.text = pulumi.output(\`hello \${whom}\`);
    this.registerOutputs({ text: this.text });
  }
}

const config = new pulumi.Config('tiny');
console.log('the program speaks');
if (config.get('fail') !== undefined) throw new Error(\`no \${config.require('fail')} today\`);
export const greeting = new Greeting('first', config.require('whom')).text;
export const dated: string = config.require('date');
export const password = pulumi.secret('not for everyone');
export const nodeVersion = process.versions.node;
`;

const files = (config: string) => ({
  'Pulumi.yaml': projectFile,
  'Pulumi.dev.yaml': `config:\n${config}`,
  'index.ts': program,
});

test('X1: a TypeScript program runs on the real engine: its resources, outputs, configuration and words arrive', () =>
  withPulumiProject(files('  tiny:whom: world\n  tiny:date: "2026-11-22"\n'), async ({ workspace, up }) => {
    const run = await up();
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain('the program speaks');
    expect(run.stdout).toContain('+ 2 created');

    const plain = await stackOutputs({ ...workspace, stack, showSecrets: false });
    expect(plain).toEqual({
      greeting: 'hello world',
      dated: '2026-11-22',
      password: '[secret]',
      nodeVersion: process.versions.node,
    });
    expect(await stackOutputs({ ...workspace, stack, showSecrets: true })).toMatchObject({
      password: 'not for everyone',
    });

    const state = await stackExport({ ...workspace, stack });
    expect(state.deployment.resources?.map(({ type }) => type)).toEqual(['pulumi:pulumi:Stack', 'test:index:Greeting']);
    expect(JSON.stringify(state)).not.toContain('not for everyone');

    expect(await ensureStack({ ...workspace, stack })).toEqual({ created: false });
    expect((await up({ arguments: ['--expect-no-changes'] })).exitCode).toBe(0);
  }));

test('a program that throws fails the run at once, with its message and no word of ours', () =>
  withPulumiProject(files('  tiny:whom: world\n  tiny:fail: luck\n'), async ({ up }) => {
    const started = Date.now();
    const run = await up();
    // Without plain-stack-traces.js this takes 45 s.
    expect(Date.now() - started).toBeLessThan(40_000);
    expect(run.exitCode).not.toBe(0);
    expect(run.stdout).toContain('Error: no luck today');
    expect(run.stdout).not.toContain('non-zero exit code');
  }));

test('a program that does not parse, or is not there, fails the run with the reason', async () => {
  await withPulumiProject({ 'Pulumi.yaml': projectFile, 'index.ts': 'export const = ;' }, async ({ up }) => {
    const run = await up();
    expect(run.exitCode).not.toBe(0);
    expect(run.stdout).toContain('index.ts');
  });
  await withPulumiProject({ 'Pulumi.yaml': projectFile }, async ({ up }) => {
    const run = await up();
    expect(run.exitCode).not.toBe(0);
    expect(run.stdout + run.stderr).toContain('index.ts');
  });
});

const serializing = `import * as pulumi from '@pulumi/pulumi';
import typescript from 'typescript';

const captured = 41;
const { text } = await pulumi.runtime.serializeFunction(() => captured + 1);
export const serialized = text.includes('const captured = 41') || text.includes('captured: 41');
export const automation = Object.keys(pulumi.automation).includes('LocalWorkspace');
export const compiled = typescript.transpile('const x: number = 1;').includes('const x = 1;');
`;

test('X1: a program that serializes functions, drives Pulumi or compiles TypeScript finds what it needs', () =>
  withPulumiProject({ ...files(''), 'Pulumi.dev.yaml': '{}', 'index.ts': serializing }, async ({ workspace, up }) => {
    expect(await up()).toMatchObject({ exitCode: 0 });
    expect(await stackOutputs({ ...workspace, stack, showSecrets: false })).toEqual({
      serialized: true,
      automation: true,
      compiled: true,
    });
  }));
