import { normalizedPolicy, samePolicy } from '../../../../sandbox/stand-ins/aws/policy-document.ts';

const document = (statement: object, more: object = {}): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [statement], ...more });
const read = { Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'], Resource: ['a', 'b'] };

describe('two policies mean the same when', () => {
  test.each<[string, string]>([
    ['only their keys are in another order', JSON.stringify({ Statement: [read], Version: '2012-10-17' })],
    ['actions are in another order', document({ ...read, Action: ['s3:ListBucket', 's3:GetObject'] })],
    ['an action stands twice', document({ ...read, Action: ['s3:GetObject', 's3:ListBucket', 's3:GetObject'] })],
    ['the only statement is no list', JSON.stringify({ Version: '2012-10-17', Statement: read })],
  ])('%s', (_, other) => {
    expect(samePolicy(document(read), other)).toBe(true);
  });

  test('one action is no list', () => {
    const one = { ...read, Action: ['s3:GetObject'] };
    expect(samePolicy(document(one), document({ ...read, Action: 's3:GetObject' }))).toBe(true);
  });

  test('everyone is written in either way, and so are the values of a condition', () => {
    const before = { ...read, Principal: '*', Condition: { Bool: { 'aws:SecureTransport': true } } };
    const after = { ...read, Principal: { AWS: ['*'] }, Condition: { Bool: { 'aws:SecureTransport': ['true'] } } };
    expect(samePolicy(document(before), document(after))).toBe(true);
  });
});

describe('two policies do not mean the same when', () => {
  test.each<[string, string]>([
    ['an action is added', document({ ...read, Action: [...read.Action, 's3:PutObject'] })],
    ['a resource is another', document({ ...read, Resource: ['a', 'c'] })],
    ['a condition is added', document({ ...read, Condition: { Bool: { 'aws:SecureTransport': 'true' } } })],
    ['the version is another', document(read, { Version: '2008-10-17' })],
    ['one is no JSON', '{'],
  ])('%s', (_, other) => {
    expect(samePolicy(document(read), other)).toBe(false);
  });
});

test('the text that is sent has its version first, sorted keys and no white space', () => {
  const spaced = JSON.stringify(
    { Statement: [{ Resource: '*', Effect: 'Allow', Action: 's3:*' }], Version: 'v' },
    null,
    2,
  );
  expect(normalizedPolicy(spaced)).toBe(
    '{"Version":"v","Statement":[{"Action":"s3:*","Effect":"Allow","Resource":"*"}]}',
  );
});
