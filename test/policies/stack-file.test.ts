import { parse } from 'yaml';
import { parseConfiguration } from '../../policies/configuration.ts';
import { valuesOfPulumiConfig } from '../../policies/pulumi-configuration.ts';
import { configurationValues } from '../../policies/stack-file.ts';
import { productionStackFile, projectFile, sandboxStackFile } from './fixtures/stack-files.ts';
import { messageOf } from './fixtures/message-of.ts';

interface PulumiFile {
  readonly config: Readonly<Record<string, unknown>>;
}

/** What pulumi.runtime.allConfig() gives a program for these files: text, with JSON for objects and lists. */
function pulumiConfig(stackFile: string): Record<string, string> {
  const declared = (parse(projectFile) as PulumiFile).config as Record<string, { default?: unknown }>;
  const defaults = Object.entries(declared)
    .filter(([, declaration]) => declaration.default !== undefined)
    .map(([key, declaration]): [string, unknown] => [`sluice:${key}`, declaration.default]);
  const values = { ...Object.fromEntries(defaults), ...(parse(stackFile) as PulumiFile).config };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

describe('a stack file and the Pulumi engine give the same configuration', () => {
  test.each([
    ['dev', sandboxStackFile],
    ['prod', productionStackFile],
  ])('%s', (stack, file) => {
    const fromFile = configurationValues(file, projectFile);
    expect(valuesOfPulumiConfig(pulumiConfig(file))).toEqual(fromFile);
    const options = { issuedOnDefault: '2026-11-22' };
    expect(parseConfiguration(stack, valuesOfPulumiConfig(pulumiConfig(file)), options)).toEqual(
      parseConfiguration(stack, fromFile, options),
    );
  });
});

describe('what Pulumi rewrites is refused from a file too', () => {
  test('an unquoted date', () => {
    const file = productionStackFile.replace('issuedOn: "2026-11-22"', 'issuedOn: 2026-11-22');
    expect(messageOf('prod', configurationValues(file, projectFile))).toBe(
      'migrations[0].source.credential.current.issuedOn: "2026-11-22 00:00:00 +0000 UTC" is a date without quotes, ' +
        'which Pulumi rewrites: write it in quotes: "2026-11-22"',
    );
  });

  test('an unquoted account id', () => {
    const file = productionStackFile.replace('accountId: "123456789012"', 'accountId: 000000000012');
    expect(messageOf('prod', configurationValues(file, projectFile))).toMatch(
      /^providers\.aws\.accountId: 12 is a number, not 12 digits in quotes/,
    );
  });

  test('an encrypted value, which Pulumi hands over in clear', () => {
    const file = `${productionStackFile}  sluice:smoke: { secure: v1:ciphertext }`;
    const message = messageOf('prod', configurationValues(file, projectFile));
    expect(message).toMatch(/^smoke: is encrypted/);
    const config = { ...pulumiConfig(productionStackFile), 'sluice:smoke': '{"canaries":false}' };
    expect(messageOf('prod', valuesOfPulumiConfig(config, ['sluice:smoke']))).toBe(message);
  });

  test('but words like NO and yes stay text', () => {
    const file = 'config: { sluice:environment: NO, sluice:x: { a: yes, b: off } }';
    expect(configurationValues(file, projectFile)).toMatchObject({ environment: 'NO', x: { a: 'yes', b: 'off' } });
  });
});

describe('keys are those that Pulumi would hand over', () => {
  test('the stack file replaces a default whole', () => {
    const project = 'name: sluice\nconfig: { smoke: { default: { canaries: false, greensInARow: 1 } } }';
    expect(configurationValues('config: { sluice:smoke: { greensInARow: 2 } }', project)).toEqual({
      smoke: { greensInARow: 2 },
    });
  });

  test('a value in the project file counts, however it is written', () => {
    const project = 'name: sluice\nconfig: { environment: { value: prod }, format: 1, providers: { type: object } }';
    expect(configurationValues('', project)).toEqual({ environment: 'prod', format: '1' });
  });

  test("a renamed project's own keys are not ours, the sluice: ones still are", () => {
    const project = 'name: acme\nconfig: { environment: { default: prod }, sluice:format: { value: 1 } }';
    expect(configurationValues('config: { sluice:environment: test, acme:environment: prod }', project)).toEqual({
      environment: 'test',
      format: '1',
    });
  });

  test('text that holds JSON is read as JSON, as `pulumi config set` writes it', () => {
    const text = '{"outsideCanaries":true}';
    expect(configurationValues(`config: { sluice:smoke: '${text}' }`, projectFile)['smoke']).toEqual({
      outsideCanaries: true,
    });
    expect(
      valuesOfPulumiConfig({ 'sluice:smoke': text, 'sluice:config:environment': 'prod', 'aws:region': 'x' }),
    ).toEqual({ smoke: { outsideCanaries: true }, environment: 'prod' });
  });

  test('anchors and merge keys are resolved', () => {
    const file = 'config:\n  sluice:a: &a { x: 1 }\n  sluice:b: { <<: *a, y: 2 }';
    expect(configurationValues(file, projectFile)['b']).toEqual({ x: 1, y: 2 });
  });
});

describe('a file that cannot be read is refused with its name', () => {
  test.each([
    ['no YAML', 'config: [', projectFile, /^stack file: is not YAML: .+line 1/],
    [
      'a key twice',
      'config: { sluice:a: 1, sluice:a: 2 }',
      projectFile,
      /^stack file: is not YAML: Map keys must be unique/,
    ],
    [
      'aliases of aliases without end',
      `config:\n  sluice:a: &a0 [x]\n${aliases(12)}`,
      projectFile,
      /^stack file: its aliases cannot be followed: Excessive alias count/,
    ],
    ['no map', 'config: [1]', projectFile, /^stack file, config: /],
    ['no project', '', 'config: {}', /^Pulumi\.yaml, name: /],
    ['half JSON', 'config: { sluice:smoke: "{" }', projectFile, /^smoke: starts like JSON, and is not/],
  ])('%s', (_case, stackFile, project, message) => {
    expect(() => configurationValues(stackFile, project)).toThrow(
      expect.objectContaining({ name: 'UserError', message: expect.stringMatching(message) as string }) as Error,
    );
  });
});

/** Each line a list of ten of the one above: ten to the power of `lines` values. */
function aliases(lines: number): string {
  return Array.from({ length: lines }, (_, index) => {
    const tenTimes = Array.from({ length: 10 }, () => `*a${index}`).join(', ');
    return `  sluice:b${index}: &a${index + 1} [${tenTimes}]`;
  }).join('\n');
}
