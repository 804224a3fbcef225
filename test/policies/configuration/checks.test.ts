import { messageOf } from '../fixtures/message-of.ts';
import { changed, productionValues } from '../fixtures/values.ts';

describe('an IAM user name longer than 64 characters is refused', () => {
  const stackFor = (user: string) => 's'.repeat(64 - user.length);
  const onlyFirst = () =>
    changed(productionValues(), 'migrations', (productionValues()['migrations'] as []).slice(0, 1));

  test('one character too many', () => {
    const stack = `${stackFor('sluice--media-source-a')}s`;
    const user = `sluice-${stack}-media-source-a`;
    expect(messageOf(stack, onlyFirst())).toBe(
      `migrations[0].name: "media" makes an IAM user name of 65 characters, "${user}"; IAM takes 64: ` +
        "shorten the migration's or the stack's name by 1",
    );
  });

  test('but not at 64', () => {
    expect(messageOf(stackFor('sluice--media-source-a'), onlyFirst())).toBe('accepted');
  });

  test('nor where no side is on AWS', () => {
    const values = changed(productionValues(), 'migrations', (productionValues()['migrations'] as []).slice(2));
    expect(messageOf('s'.repeat(200), values)).toBe('accepted');
  });
});

describe('a source and a destination that overlap are refused', () => {
  const destination = (prefix: string) => ({
    provider: 'aws',
    bucket: 'media-prod',
    prefix,
    credential: { current: { issuedOn: '2026-11-22' } },
  });

  test.each([
    ['the source itself', 'uploads/', 's3://media-prod/uploads/ is the source itself'],
    ['inside the source', 'uploads/x/', 's3://media-prod/uploads/x/ lies inside the source s3://media-prod/uploads/'],
    ['around the source', '', 's3://media-prod/ holds the source s3://media-prod/uploads/'],
  ])('%s', (_case, prefix, what) => {
    expect(messageOf('prod', changed(productionValues(), 'migrations[0].destination', destination(prefix)))).toBe(
      `migrations[0].destination.prefix: ${what}: choose two places of which neither holds the other`,
    );
  });

  test('but a prefix that only shares letters is another place', () => {
    const values = changed(productionValues(), 'migrations[0].destination', destination('uploads-2/'));
    expect(messageOf('prod', values)).toBe('accepted');
  });

  test('directories too', () => {
    const values = changed(productionValues(), 'migrations[2].destination', { provider: 'file', path: 'exports/old' });
    expect(messageOf('prod', values)).toBe(
      'migrations[2].destination.path: file:exports/old lies inside the source file:./exports: ' +
        'choose two places of which neither holds the other',
    );
  });
});
