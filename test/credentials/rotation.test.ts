import { addDays } from '../../credentials/calendar.ts';
import { nextStep } from '../../credentials/rotation.ts';
import type { Generations } from '../../policies/generation.ts';
import { pair } from './generations.ts';

const today = '2026-11-22';

describe('X3, R8: the next step of a rotation is', () => {
  const rows: readonly [string, Generations, Generations | undefined, 'deploy' | 'start' | 'finish'][] = [
    ['a deploy while nothing is deployed', pair(1), undefined, 'deploy'],
    ['a start when the one configured generation is the deployed one', pair(1), pair(1), 'start'],
    ['a finish when both generations are deployed', pair(2, 1), pair(2, 1), 'finish'],
    ['a start again once the old generation is gone', pair(2), pair(2), 'start'],
    ['a deploy when the configuration has started a rotation that is not deployed', pair(2, 1), pair(1), 'deploy'],
    ['a deploy when the configuration has dropped a generation that still lives', pair(2), pair(2, 1), 'deploy'],
  ];
  test.each(rows)('%s', (_name, configured, deployed, kind) => {
    expect(nextStep({ configured, deployed, today, ttlDays: 90 }).kind).toBe(kind);
  });
});

test("starting makes today's generation current and leaves the old one's dates alone", () => {
  const old = { generation: 1, issuedOn: '2026-08-24', expiresOn: '2026-11-22' };
  expect(nextStep({ configured: { current: old }, deployed: { current: old }, today, ttlDays: 90 })).toEqual({
    kind: 'start',
    write: { current: { generation: 2, issuedOn: '2026-11-22', expiresOn: '2027-02-20' }, previous: old },
  });
});

test('a credential that never expires gets a successor without an end', () => {
  expect(nextStep({ configured: pair(3), deployed: pair(3), today })).toMatchObject({
    write: { current: { generation: 4, issuedOn: today } },
  });
  expect(nextStep({ configured: pair(3), deployed: pair(3), today })).not.toHaveProperty('write.current.expiresOn');
});

test('finishing drops the previous generation and changes nothing else', () => {
  const both = pair(2, 1);
  expect(nextStep({ configured: both, deployed: both, today, ttlDays: 90 })).toEqual({
    kind: 'finish',
    write: { current: both.current },
  });
});

test('a deploy step says what is deployed and what is configured', () => {
  expect(nextStep({ configured: pair(2, 1), deployed: pair(1), today })).toEqual({
    kind: 'deploy',
    because: 'deployed is generation 1, configured generation 2 with 1 as previous',
  });
});

describe('adding days to a date', () => {
  test.each([
    ['2026-11-22', 90, '2027-02-20'],
    ['2028-02-28', 1, '2028-02-29'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2026-03-28', 2, '2026-03-30'],
  ])('%s plus %d is %s', (date, days, expected) => expect(addDays(date, days)).toBe(expected));
});
