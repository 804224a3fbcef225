import { decideAccess } from '../../../sandbox/edge/access-decision.ts';
import type {
  AccessPolicyOnPaper,
  AccessVerdict,
  PresentedCredentials,
} from '../../../sandbox/edge/access-decision.ts';

type Rule = AccessPolicyOnPaper['include'][number];
const policy = (
  decision: AccessPolicyOnPaper['decision'],
  include: Rule[],
  more: Partial<Pick<AccessPolicyOnPaper, 'exclude' | 'require'>> = {},
): AccessPolicyOnPaper => ({ name: decision, decision, include, exclude: [], require: [], ...more });

const everyone: Rule = { everyone: {} };
const staff: Rule = { email_domain: { domain: 'example.test' } };
const reader: Rule = { service_token: { token_id: 'reader' } };
const office: Rule = { ip: { ip: '192.0.2.0/24' } };

const allowStaff = policy('allow', [staff]);
const machines = policy('non_identity', [reader]);

const anonymous: PresentedCredentials = { serviceToken: 'none', address: '127.0.0.1' };
const readerToken: PresentedCredentials = { ...anonymous, serviceToken: { id: 'reader' } };
const otherToken: PresentedCredentials = { ...anonymous, serviceToken: { id: 'other' } };
const wrongSecret: PresentedCredentials = { ...anonymous, serviceToken: 'invalid' };
const fromOffice: PresentedCredentials = { serviceToken: 'none', address: '192.0.2.7' };

const short = (verdict: AccessVerdict) => (verdict.outcome === 'refused' ? verdict.status : verdict.outcome);
const modes = { strict: false, serviceAuth401: false };

const rows: [string, AccessPolicyOnPaper[], PresentedCredentials, string | number][] = [
  ['nobody gets in without policies', [], anonymous, 403],
  ['anonymous is sent to login where people may come in', [allowStaff], anonymous, 'login'],
  ['anonymous is refused where only machines may', [machines], anonymous, 403],
  ['anonymous is sent to login where both may', [allowStaff, machines], anonymous, 'login'],
  ['a service token that Service Auth includes is served', [machines], readerToken, 'served'],
  ['... also below an Allow policy', [allowStaff, machines], readerToken, 'served'],
  ['... also below a Block policy for everyone', [policy('deny', [everyone]), machines], readerToken, 'served'],
  [
    'any valid token where the policy says so',
    [policy('non_identity', [{ any_valid_service_token: {} }])],
    otherToken,
    'served',
  ],
  ['... but no invalid one', [policy('non_identity', [{ any_valid_service_token: {} }])], wrongSecret, 403],
  ['a service token that it does not include is refused', [machines], otherToken, 403],
  ['a service token under Allow still goes to login', [policy('allow', [reader])], readerToken, 'login'],
  ['a wrong secret is refused where only machines may come in', [machines], wrongSecret, 403],
  ['a wrong secret is sent to login where people may', [allowStaff, machines], wrongSecret, 'login'],
  [
    'exclude wins over include',
    [policy('non_identity', [{ any_valid_service_token: {} }], { exclude: [reader] })],
    readerToken,
    403,
  ],
  ['require must hold too: it does not', [policy('non_identity', [reader], { require: [office] })], readerToken, 403],
  [
    'require must hold too: it does',
    [policy('non_identity', [reader], { require: [office] })],
    { ...readerToken, address: '192.0.2.7' },
    'served',
  ],
  ['a bypass for everyone serves anonymous', [allowStaff, policy('bypass', [everyone])], anonymous, 'served'],
  ['a bypass for the office serves the office', [policy('bypass', [office])], fromOffice, 'served'],
  ['... and nobody else', [policy('bypass', [office])], anonymous, 403],
  ['a bypass for an e-mail domain serves nobody: nobody has logged in', [policy('bypass', [staff])], anonymous, 403],
  ['a Block above Allow refuses before login', [policy('deny', [everyone]), allowStaff], anonymous, 403],
  ['a Block below Allow does not', [allowStaff, policy('deny', [everyone])], anonymous, 'login'],
  [
    'a Block that a login could lift does not',
    [policy('deny', [everyone], { exclude: [staff] }), allowStaff],
    anonymous,
    'login',
  ],
  ['a Block of another address does not', [policy('deny', [office]), allowStaff], anonymous, 'login'],
];

describe('A5: an Access application decides', () => {
  test.each(rows)('%s', (_name, policies, presented, expected) => {
    expect(short(decideAccess(policies, presented, modes))).toBe(expected);
  });

  test('service_auth_401_redirect makes the refusal a 401', () => {
    expect(short(decideAccess([machines], anonymous, { ...modes, serviceAuth401: true }))).toBe(401);
  });
});

describe('A5: with strict service token authentication', () => {
  test.each([
    ['an invalid token is 401, whatever Allow says', [allowStaff, machines], wrongSecret, 401],
    [
      'a valid token that no Service Auth policy includes is 403, whatever Allow says',
      [allowStaff, machines],
      otherToken,
      403,
    ],
    ['a valid token that one includes is served', [allowStaff, machines], readerToken, 'served'],
    ['anonymous is sent to login as before', [allowStaff, machines], anonymous, 'login'],
  ])('%s', (_name, policies, presented, expected) => {
    expect(short(decideAccess(policies, presented, { ...modes, strict: true }))).toBe(expected);
  });
});
