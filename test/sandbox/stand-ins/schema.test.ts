import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createRequire } from 'node:module';
import { type ProviderSchema, readProviderSchema } from '../../../sandbox/stand-ins/provider/schema.ts';

const { resolve } = createRequire(import.meta.filename);

/** The names of an SDK interface's members, and whether each may be left out. */
function membersOf(file: string, name: string): Record<string, { isOptional: boolean }> {
  const [, body = ''] =
    new RegExp(`export interface ${name} \\{\\n(.*?)\\n\\}`, 's').exec(readFileSync(file, 'utf8')) ?? [];
  const members = [...body.matchAll(/^ {4}(\w+)(\??):/gm)];
  return Object.fromEntries(members.map(([, member = '', mark]) => [member, { isOptional: mark === '?' }]));
}

/** `aws:iam/user:User` is declared in iam/user.d.ts; in the cloudflare package file names are in lower case here and there. */
function declarationOf(schema: ProviderSchema, token: string): { file: string; className: string } {
  const [, module = '', className = ''] = token.split(':');
  const [folder = '', name = ''] = module.split('/');
  const directory = `${dirname(resolve(`@pulumi/${schema.name}/package.json`))}${folder === 'index' ? '' : `/${folder}`}`;
  const file = readdirSync(directory).find((entry) => entry.toLowerCase() === `${name.toLowerCase()}.d.ts`);
  return { file: `${directory}/${String(file)}`, className };
}

describe.each(['aws', 'cloudflare'] as const)("X1: the %s stand-in's schema is that of the installed SDK", (name) => {
  const schema = readProviderSchema(name);

  test('has its version', () => {
    expect(schema.version).toBe(
      (createRequire(import.meta.filename)(`@pulumi/${name}/package.json`) as ProviderSchema).version,
    );
  });

  test.each(Object.keys(schema.resources))('%s has the same inputs, and requires the same', (token) => {
    const { file, className } = declarationOf(schema, token);
    const declared = membersOf(file, `${className}Args`);
    expect(Object.keys(declared)).not.toEqual([]);
    const ours = Object.entries(schema.resources[token]?.inputs ?? {});
    expect(Object.fromEntries(ours.map(([input, { required }]) => [input, { isOptional: required !== true }]))).toEqual(
      declared,
    );
  });

  test.each(Object.keys(schema.resources))('%s has the same outputs', (token) => {
    const { file } = declarationOf(schema, token);
    const outputs = [...readFileSync(file, 'utf8').matchAll(/^ {4}readonly (\w+): pulumi\.Output/gm)].map(
      ([, output]) => output,
    );
    expect(Object.keys(schema.resources[token]?.outputs ?? {}).toSorted()).toEqual(
      outputs.filter((output) => output !== 'urn').toSorted(),
    );
  });

  test('refers only to types that it has', () => {
    const references = [...JSON.stringify(schema).matchAll(/"ref":"([^"]+)"/g)].map(([, reference = '']) => reference);
    expect(references.filter((reference) => schema.types[reference] === undefined)).toEqual([]);
  });
});
