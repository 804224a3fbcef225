import { cliTimeoutMs, findCli, projectFile, runTimeoutMs, withPulumiProject } from '../fixtures/pulumi-project.ts';

jest.setTimeout(runTimeoutMs);
beforeAll(findCli, cliTimeoutMs);

const pack = {
  'pack/PulumiPolicy.yaml': 'runtime: nodejs\n',
  'pack/package.json': '{ "name": "pack", "version": "1.0.0", "type": "module", "main": "index.js" }',
  'pack/index.js': `import { PolicyPack } from '@pulumi/policy';
import { refused } from '../rules.ts';
new PolicyPack('pack', {
  policies: [{
    name: 'no-refused-names',
    description: 'Some names are refused.',
    enforcementLevel: 'mandatory',
    validateStack: (stack, report) => {
      for (const { name } of stack.resources) if (refused.includes(name)) report(\`the name \${name} is refused\`);
    },
  }],
});
`,
  'rules.ts': "export const refused: readonly string[] = ['bad'];\n",
};

const program = (name: string) => `import * as pulumi from '@pulumi/pulumi';
new pulumi.ComponentResource('test:index:Thing', '${name}');
`;

test('a policy pack written as an ES module, with rules in TypeScript outside of it, lets good stacks pass', () =>
  withPulumiProject({ 'Pulumi.yaml': projectFile, 'index.ts': program('good'), ...pack }, async ({ up }) => {
    const run = await up({ arguments: ['--policy-pack', 'pack'] });
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.stdout).toContain('pack@v1.0.0');
  }));

test('and fails the run of a bad one, with its message', () =>
  withPulumiProject({ 'Pulumi.yaml': projectFile, 'index.ts': program('bad'), ...pack }, async ({ up }) => {
    const run = await up({ arguments: ['--policy-pack', 'pack'] });
    expect(run.exitCode).not.toBe(0);
    expect(run.stdout).toContain('the name bad is refused');
  }));
