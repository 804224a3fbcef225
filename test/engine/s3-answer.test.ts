import { Readable } from 'node:stream';
import { failureOf, outcomeOf, readAnswer, readText, textBytesMax } from '../../engine/s3-answer.ts';

const refusal = (more = '') => `<Error><Code>SlowDown</Code><Message>Reduce your rate.</Message>${more}</Error>`;

describe('an answer says', () => {
  test('nothing beyond itself where it is a success, whatever its body', () => {
    const head = { status: 200, headers: { 'x-amz-bucket-region': 'eu-west-1' } };
    expect(readAnswer(head, refusal())).toEqual({ ...head, body: refusal() });
  });

  test('code and message of the error document that a refusal is', () => {
    const answer = readAnswer({ status: 503, headers: {} }, refusal());
    expect(answer).toMatchObject({ code: 'SlowDown', message: 'Reduce your rate.' });
    expect(answer).not.toHaveProperty('region');
  });

  test('the right region, by its document or else by its header', () => {
    const head = { status: 301, headers: { 'x-amz-bucket-region': 'us-east-2' } };
    expect(readAnswer(head, refusal('<Region>eu-west-1</Region>'))).toMatchObject({ region: 'eu-west-1' });
    expect(readAnswer(head, '')).toEqual({ ...head, body: '', region: 'us-east-2' });
  });
});

describe('the failure that a refusal is', () => {
  test('names status, code, message and the right region', () => {
    const answer = {
      status: 400,
      headers: {},
      code: 'AuthorizationHeaderMalformed',
      message: 'no',
      region: 'eu-west-1',
    };
    expect(failureOf(answer)).toMatchObject({
      kind: 'invalid',
      code: 'AuthorizationHeaderMalformed',
      message: '400 AuthorizationHeaderMalformed: no (the provider expects region eu-west-1)',
    });
  });

  test.each([
    ['so many seconds', '7', 7000],
    ['a date that is past', 'Fri, 24 May 2013 00:00:00 GMT', 0],
    ['what is neither', 'soon', undefined],
    ['nothing', undefined, undefined],
  ])('waits for as long as Retry-After says: %s', (_, value, expected) => {
    const headers: Record<string, string> = value === undefined ? {} : { 'retry-after': value };
    expect(failureOf({ status: 503, headers }).retryAfterMs).toBe(expected);
  });
});

test.each([
  [200, { kind: 'done', bytes: 9 }],
  [403, { kind: 'other' }],
  [500, { kind: 'other' }],
  [429, { kind: 'throttled', retryAfterMs: 2000 }],
  [503, { kind: 'throttled', retryAfterMs: 2000 }],
])('what status %i tells of how much the provider can take', (status, outcome) => {
  expect(outcomeOf({ status, headers: { 'retry-after': '2' } }, 9)).toEqual(outcome);
});

describe('the text of an answer', () => {
  test('is all of its body, letters cut between chunks included', async () => {
    const bytes = Buffer.from('größer');
    expect(await readText(Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]))).toBe('größer');
  });

  test('is given up where it never seems to end', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    const endless = Readable.from(Array<Buffer>(textBytesMax / chunk.length + 1).fill(chunk));
    await expect(readText(endless)).rejects.toMatchObject({ kind: 'broken', code: 'WrongLength' });
  });
});
