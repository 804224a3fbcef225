import { accessFile, formatAccessFile, parseAccessFile } from '../../../policies/access-file.ts';
import { destinationKey, otherAccount, s3Stack, serverSide } from '../fixtures/s3-stack.ts';
import type { Values } from '../fixtures/values.ts';
import { diff, told } from './stacks.ts';

const option = (name: string): Values => ({ [`migrations[0].options.${name}`]: true });
const file = (changes: Values = {}) => accessFile(s3Stack(changes));
const plain = file();
const prefix = 's3://archive/media/';

describe('X4: each option that adds a right widens, and narrows when it goes', () => {
  test.each<[string, Values, readonly string[]]>([
    ['versions', option('versions'), ['media/source s3://media-prod/uploads/ version']],
    [
      'tags',
      option('tags'),
      ['media/source s3://media-prod/uploads/ tag', 'media/destination s3://archive/media/ tag'],
    ],
    [
      'a key at the destination',
      { 'migrations[0].destination.kmsKeyArn': destinationKey },
      [`media/destination ${destinationKey} read write`],
    ],
    [
      'requester pays',
      { 'migrations[0].source.requesterPays': true },
      ['media/source s3://media-prod/uploads/ list read'],
    ],
  ])('%s', (_name, changes, where) => {
    const rows = (sign: string) =>
      where.map((row) => {
        const [access, place, ...abilities] = row.split(' ');
        return [access, place, ...abilities.map((ability) => `${sign}${ability}`)].join(' ');
      });
    expect(told(file(changes), plain)).toEqual(rows('+').map((row) => `widens ${row}`));
    expect(told(plain, file(changes))).toEqual(rows('-').map((row) => `narrows ${row}`));
  });

  test('append-only the other way round: it takes the right to overwrite', () => {
    expect(told(file(option('appendOnly')), plain)).toEqual([`narrows media/destination ${prefix} -write`]);
    expect(told(plain, file(option('appendOnly')))).toEqual([`widens media/destination ${prefix} +write`]);
  });

  test('a server-side copy: the destination’s credential gains the source, the source’s goes', () => {
    expect(told(file(serverSide), plain)).toEqual([
      'widens media/destination s3://media-prod/uploads/ +list +read',
      'removed media/source s3://media-prod/uploads/ -list -read',
    ]);
  });

  test('a server-side copy from another account is told with that account', () => {
    const { changes } = diff(file({ ...serverSide, 'migrations[0].source.accountId': otherAccount }), plain);
    expect(changes.filter(({ widened }) => widened.length > 0)).toMatchObject([
      { where: 's3://media-prod/uploads/', notes: [`in account ${otherAccount}`] },
      {
        where: prefix,
        notes: [`asks account ${otherAccount} (arn:aws:s3:::media-prod) for 2 more or other statements`],
      },
    ]);
  });
});

describe('X4: what other accounts are asked to let in', () => {
  const foreign = file({ 'migrations[0].source.accountId': otherAccount });

  test('is part of the file, which reads back as it was written', () => {
    expect(foreign.credentials[0]?.resourcePolicies).toMatchObject([
      { resource: 'arn:aws:s3:::media-prod', accountId: otherAccount },
    ]);
    expect(parseAccessFile(formatAccessFile(foreign), 'access/prod.json')).toEqual(foreign);
  });

  test('a bucket in another account widens: it is another bucket', () => {
    expect(diff(foreign, plain).verdict).toBe('widens');
  });

  test('a renderer that asks for one more principal is found out', () => {
    const widened = parseAccessFile(
      formatAccessFile(foreign).replaceAll('media-source-b"', 'media-source-b", "arn:aws:iam::123456789012:user/else"'),
      'access/prod.json',
    );
    expect(told(widened, foreign)).toEqual(['widens media/source s3://media-prod/uploads/ +list +read -list -read']);
  });
});
