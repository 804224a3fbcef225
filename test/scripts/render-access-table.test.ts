import { accessTable } from '../../policies/access-table.ts';
import { renderAccessTable } from '../../scripts/render-access-table.ts';
import { destinationKey, otherAccount, s3Stack, serverSide } from '../policies/fixtures/s3-stack.ts';
import type { Values } from '../policies/fixtures/values.ts';

const rendered = (changes: Values) => renderAccessTable(accessTable(s3Stack(changes)));
const row = (changes: Values, access: string) =>
  rendered(changes)
    .split('\n')
    .find((line) => line.startsWith(access));

describe('X4: the access table says in a row what options change', () => {
  test.each<[string, Values, string, string]>([
    ['tags', { 'migrations[0].options.tags': true }, 'media/source', 'generation 1 (slot a); with tags'],
    ['versions', { 'migrations[0].options.versions': true }, 'media/source', 'generation 1 (slot a); with versions'],
    ['append-only', { 'migrations[0].options.appendOnly': true }, 'media/destination', 'never overwrites'],
    ['TLS only', { 'migrations[0].options.tlsOnly': true }, 'media/destination', 'over TLS only'],
    ['a key', { 'migrations[0].destination.kmsKeyArn': destinationKey }, 'media/destination', `uses ${destinationKey}`],
    ['requester pays', { 'migrations[0].source.requesterPays': true }, 'media/source', 'pays for its requests'],
    [
      'another account',
      { 'migrations[0].source.accountId': otherAccount },
      'media/source',
      `bucket of account ${otherAccount}`,
    ],
    [
      'a server-side copy',
      serverSide,
      'media/destination',
      'also reads s3://media-prod/uploads/, for server-side copies',
    ],
  ])('%s', (_name, changes, access, words) => {
    expect(row(changes, access)).toContain(words);
  });

  test('a server-side copy has one credential, and so one row', () => {
    expect(row(serverSide, 'media/source')).toBeUndefined();
  });

  test('the policy for another account stands below, ready to be applied', () => {
    const text = rendered({ 'migrations[0].source.accountId': otherAccount });
    const [, policy] = text.split(
      `arn:aws:s3:::media-prod belongs to account ${otherAccount}, whose owner adds these statements to its policy:\n`,
    );
    expect(JSON.parse(policy ?? '')).toMatchObject({ Version: '2012-10-17', Statement: [{}, {}] });
  });
});
