import { UserError } from '../../base/user-error.ts';
import { refuseSandboxSettings } from '../../toolchain/sandbox-settings.ts';

const project = 'name: sluice\nruntime: nodejs\n';

describe('a real stack is refused while', () => {
  test.each([
    'PULUMI_DEBUG_PROVIDERS',
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_S3',
    'AWS_ENDPOINT_URL_IAM',
    'CLOUDFLARE_BASE_URL',
    'SLUICE_SANDBOX',
  ])('%s is set, and the error names it but not its value', (name) => {
    const refusal = () => refuseSandboxSettings({ [name]: 'http://127.0.0.1:4780' }, project);
    expect(refusal).toThrow(UserError);
    expect(refusal).toThrow(`unset ${name}`);
    expect(refusal).not.toThrow('4780');
  });

  test.each([
    ['a project plugin is named aws', 'plugins: { providers: [{ name: aws, path: ./sandbox/stand-ins/aws }] }'],
    [
      'a project plugin is named cloudflare',
      'plugins: { providers: [{ name: b2, path: ./b2 }, { name: cloudflare, path: ./x }] }',
    ],
    ['a package is named aws', 'packages: { aws: ./sandbox/stand-ins/aws }'],
  ])('%s', (_, lines) => {
    expect(() => refuseSandboxSettings({}, `${project}${lines}\n`)).toThrow(/takes the place of the real provider/);
  });
});

describe('a real stack is not refused for', () => {
  test('an ordinary environment and project', () => {
    expect(() =>
      refuseSandboxSettings({ AWS_REGION: 'eu-west-1', PULUMI_HOME: '/home/me/.pulumi' }, project),
    ).not.toThrow();
  });

  test('an empty variable, or a plugin of its own', () => {
    const own = `${project}plugins: { providers: [{ name: b2, path: ./providers/b2 }] }\n`;
    expect(() => refuseSandboxSettings({ AWS_ENDPOINT_URL: '' }, own)).not.toThrow();
    expect(() => refuseSandboxSettings({}, `${project}plugins:\n`)).not.toThrow();
  });
});
