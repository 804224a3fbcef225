import { stackOfPulumiWords } from '../../scripts/pulumi-words.ts';

test.each([
  [['up'], 'dev'],
  [['up', '--stack', 'prod'], 'prod'],
  [['up', '-s', 'prod', '--yes'], 'prod'],
  [['up', '--stack=prod'], 'prod'],
  [['up', '--stack', 'organization/sluice/prod'], 'prod'],
  [['stack', 'init', 'prod'], 'prod'],
  [['stack', 'init', '--secrets-provider=passphrase', 'prod'], 'prod'],
  [['stack', 'output', 'access'], 'dev'],
  [['version'], 'dev'],
])('pulumi %j is about stack %s', (words, stack) => {
  expect(stackOfPulumiWords(words)).toBe(stack);
});
