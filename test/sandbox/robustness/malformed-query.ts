import { queryActions } from '../../../sandbox/aws/actions/index.ts';
import { brokenEscapes, type Chance, noNumbers } from './chance.ts';
import { type MalformedRequest, type RequestParts, wireBytes } from './malformed-request.ts';
import { type Door, signed } from './signed-request.ts';

type Generator = (chance: Chance, door: Door) => MalformedRequest;

const versions = { iam: '2010-05-08', sts: '2011-06-15' } as const;
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

/** What no policy may be, percent-encoded; written down once, since some are long. */
const brokenDocuments: readonly string[] = [
  '{',
  'null',
  '[]',
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}]}',
  `{"Statement":${'['.repeat(30_000)}`,
  `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  `{"Version":"2012-10-17","Statement":"${'x'.repeat(131_072)}"}`,
  '\u0001',
].map(encodeURIComponent);

/** Calls that IAM and STS must refuse, whoever signs them. */
export const malformedQuery: readonly Generator[] = [
  function unsigned(chance, door) {
    const { action, version } = anyAction(chance, door);
    const body = `Action=${action}&Version=${version}`;
    return plain('unsigned', { method: 'POST', target: '/', headers: { host: door.host, ...form }, body });
  },

  function unknownAction(chance, door) {
    const action = chance.pick(['', 'Dance', '__proto__', 'constructor', 'toString', 'A'.repeat(10_000), '%00', '<a>']);
    const version = chance.pick([versions.iam, versions.sts, '', '1970-01-01']);
    return call('unknown action', door, `Action=${action}&Version=${version}`);
  },

  /** Every action takes its own parameters and no other. */
  function unknownParameter(chance, door) {
    const { action, version } = anyAction(chance, door);
    const name = chance.pick(['Bogus', '__proto__', 'constructor.prototype', 'Tags.member.1.Bogus', 'a'.repeat(3000)]);
    const value = encodeURIComponent(chance.text(chance.below(200)));
    return call('unknown parameter', door, `Action=${action}&Version=${version}&${name}=${value}`);
  },

  function brokenParameters(chance, door) {
    const { action, version } = anyAction(chance, door);
    const broken = chance.pick([
      'UserName=a&UserName=b',
      'Tags.member.2.Key=a',
      'Tags.member.0.Key=a',
      'Tags.member.-1.Key=a',
      'Tags.member.99999999999999999999.Key=a',
      'Tags.member.1=a&Tags.member.1.Key=b',
      `${'a.'.repeat(500)}b=1`,
      Array.from({ length: 1200 }, (_, index) => `p${index}=1`).join('&'),
      `UserName=${'%ff'.repeat(20)}`,
      `UserName=${chance.pick(brokenEscapes)}&Bogus=1`,
      `MaxItems=${encodeURIComponent(chance.pick(noNumbers))}&Bogus=1`,
      'Marker=%00&Bogus=1',
      '&&&===&&&&',
    ]);
    return call('broken parameters', door, `Action=${action}&Version=${version}&${broken}`);
  },

  function impossibleValues(chance, door) {
    const name = encodeURIComponent(chance.pick(['', ' ', '/', '*', 'a/b', 'é', '\0', 'x'.repeat(129), '<x>']));
    const [service, body] = chance.pick([
      ['iam', `Action=CreateUser&UserName=${name}`],
      ['iam', `Action=DeleteUser&UserName=${name}`],
      ['iam', `Action=CreateRole&RoleName=${name}&AssumeRolePolicyDocument=%7B%7D`],
      ['iam', `Action=CreateGroup&GroupName=${name}`],
      ['iam', `Action=CreatePolicy&PolicyName=${name}&PolicyDocument=%7B%7D`],
      ['iam', `Action=CreateUser&UserName=ok&Path=${name}x`],
      ['sts', `Action=AssumeRole&RoleArn=${name}&RoleSessionName=s`],
      ['sts', `Action=GetSessionToken&DurationSeconds=${encodeURIComponent(chance.pick(noNumbers))}`],
    ] as const);
    return call('impossible values', { ...door, service }, `${body}&Version=${versions[service]}`);
  },

  function brokenPolicies(chance, door) {
    const document = chance.pick([...brokenDocuments, encodeURIComponent(chance.text(300))]);
    const body = chance.pick([
      `Action=PutUserPolicy&UserName=kept-user&PolicyName=p&PolicyDocument=${document}`,
      `Action=CreatePolicy&PolicyName=p&PolicyDocument=${document}`,
      `Action=CreateRole&RoleName=r&AssumeRolePolicyDocument=${document}`,
    ]);
    return call('broken policies', { ...door, service: 'iam' }, `${body}&Version=${versions.iam}`);
  },

  function noForm(chance, door) {
    const { action, version } = anyAction(chance, door);
    const body = chance.pick([
      chance.bytes(100),
      '{"Action":"CreateUser"}',
      '<xml/>',
      `Action=${action}&Version=${version}`,
    ]);
    const headers = { 'content-type': chance.pick(['application/json', 'text/plain', 'multipart/form-data', '']) };
    return plain('no form', signed(door, { method: chance.pick(['POST', 'PUT', 'GET']), target: '/', headers, body }));
  },

  function tooLong(chance, door) {
    // Half a megabyte each: a few are enough.
    const length = chance.below(10) === 0 ? 600_000 : 5_000;
    return call('too long', door, `Action=CreateUser&Version=${versions.iam}&UserName=${'x'.repeat(length)}`);
  },

  function brokenSignature(chance, door) {
    const body = `Action=CreateUser&Version=${versions.iam}&UserName=new`;
    const good = signed(door, { method: 'POST', target: '/', headers: form, body });
    const authorization = good.headers?.['authorization'] ?? '';
    const headers = chance.pick<Record<string, string>>([
      { authorization: authorization.slice(0, -1 - chance.below(60)) },
      { authorization: authorization.replace(/.{64}$/, '0'.repeat(64)) },
      { authorization: authorization.replace(/Credential=\w+/, 'Credential=AKIANOBODY') },
      { 'x-amz-date': '20200101T000000Z' },
      { 'x-amz-security-token': chance.text(40) },
    ]);
    return plain('broken signature', { ...good, headers: { ...good.headers, ...headers } });
  },
];

function anyAction(chance: Chance, { service }: Door): { action: string; version: string } {
  const name = service === 'sts' ? 'sts' : 'iam';
  return { action: chance.pick([...queryActions[name].keys()]), version: versions[name] };
}

function call(kind: string, door: Door, body: string): MalformedRequest {
  return plain(kind, signed(door, { method: 'POST', target: '/', headers: form, body }));
}

function plain(kind: string, parts: RequestParts): MalformedRequest {
  return { kind, method: parts.method, bytes: wireBytes(parts) };
}
