import { XMLParser } from 'fast-xml-parser';
import { queryActions } from '../../../sandbox/aws/actions/index.ts';
import { queryServices, renderAnswer, renderError } from '../../../sandbox/aws/query-answer.ts';
import { QueryError } from '../../../sandbox/aws/query-error.ts';
import { parseQueryParameters } from '../../../sandbox/aws/query-parameters.ts';

const parse = (text: string) => parseQueryParameters(new URLSearchParams(text));
const refused = (code: string) => expect.objectContaining({ code }) as Error;

describe('parameters of the Query protocol', () => {
  test('nest by dots, and lists by member numbers', () => {
    expect(parse('UserName=a&Tags.member.2.Key=y&Tags.member.1.Key=x&Tags.member.1.Value=')).toEqual({
      UserName: 'a',
      Tags: [{ Key: 'x', Value: '' }, { Key: 'y' }],
    });
    expect(parse('TagKeys.member.1=a&TagKeys.member.2=b')).toEqual({ TagKeys: ['a', 'b'] });
  });

  test.each([
    ['a name given twice', 'A=1&A=2'],
    ['a value that is also a list', 'A=1&A.member.1=2'],
    ['a list that is also a value', 'A.member.1=2&A=1'],
    ['a list with a gap', 'A.member.1=x&A.member.3=y'],
    ['a list from zero', 'A.member.0=x'],
    ['endless nesting', `${'A.'.repeat(50)}B=1`],
    ['endless parameters', Array.from({ length: 1001 }, (_, index) => `p${index}=1`).join('&')],
  ])('are refused with %s', (_what, text) => {
    expect(() => parse(text)).toThrow(refused('MalformedQueryString'));
  });

  test('with the name of an object prototype are parameters like others', () => {
    const parameters = parse('__proto__.x=1&constructor=2');
    expect(Object.keys(parameters)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('an action', () => {
  const prepare = (action: string, text: string) => queryActions.iam.get(action)?.prepare(parse(text));

  test.each([
    ['unknown parameters', 'GetUser', 'UserName=a&Bogus=1'],
    ['unknown fields in a list', 'TagUser', 'UserName=a&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.1.X=1'],
    ['parameters missing', 'PutUserPolicy', 'UserName=a'],
    ['a list where a text belongs', 'GetUser', 'UserName.member.1=a'],
    ['a prototype for a parameter', 'GetUser', '__proto__=1'],
  ])('is refused with %s', (_what, action, text) => {
    expect(() => prepare(action, text)).toThrow(refused('ValidationError'));
  });

  test('names every parameter that is wrong', () => {
    expect(() => prepare('UpdateAccessKey', 'AccessKeyId=x&Status=Expired')).toThrow(
      /^2 validation errors detected: Value at 'AccessKeyId' .*; Value at 'Status' /,
    );
  });
});

describe('answers', () => {
  const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false });

  test('carry fields, lists, dates to the second, and what XML must escape', () => {
    const text = `<&>"'\r\n`;
    const result = {
      Text: text,
      When: new Date('2026-01-02T03:04:05.678Z'),
      Absent: undefined,
      Yes: true,
      Items: [{ Name: 'a' }, { Name: 'b' }],
    };
    const xml = renderAnswer(queryServices.iam, 'Act', result, 'id-1');
    expect(xml).toContain("&lt;&amp;&gt;&quot;'&#xD;\n");
    expect(parser.parse(xml)).toMatchObject({
      ActResponse: {
        '@_xmlns': 'https://iam.amazonaws.com/doc/2010-05-08/',
        ActResult: { When: '2026-01-02T03:04:05Z', Yes: 'true', Items: { member: [{ Name: 'a' }, { Name: 'b' }] } },
        ResponseMetadata: { RequestId: 'id-1' },
      },
    });
    expect(xml).not.toContain('Absent');
  });

  test('of an action without a result have no result element', () => {
    expect(renderAnswer(queryServices.iam, 'Act', undefined, 'id')).not.toContain('ActResult');
  });

  test('to a refusal say whose fault it was', () => {
    const render = (code: 'NoSuchEntity' | 'ServiceFailure') =>
      parser.parse(renderError(queryServices.sts, new QueryError(code, 'why'), 'id')) as unknown;
    expect(render('NoSuchEntity')).toMatchObject({
      ErrorResponse: { Error: { Type: 'Sender', Code: 'NoSuchEntity', Message: 'why' }, RequestId: 'id' },
    });
    expect(render('ServiceFailure')).toMatchObject({ ErrorResponse: { Error: { Type: 'Receiver' } } });
  });
});
