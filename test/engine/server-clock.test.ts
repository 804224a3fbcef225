import { clockInWords, serverClock } from '../../engine/server-clock.ts';

const minute = 60_000;
const noon = Date.parse('2026-11-22T12:00:00Z');

function clockAtNoon() {
  const corrections: number[] = [];
  const clock = serverClock({ machine: () => noon, onCorrected: (offsetMs) => corrections.push(offsetMs) });
  return { clock, corrections };
}

/** A refusal at which the provider's clock is so much ahead of the machine's. */
function refusal(aheadMs: number, code: string | undefined = 'RequestTimeTooSkewed') {
  return { status: 403, code, headers: { date: new Date(noon + aheadMs).toUTCString() } };
}

describe('A4: the clock is set by an answer that', () => {
  test.each([16, -16, 24 * 60])('refuses a request for its time, where the provider is %i minutes ahead', (minutes) => {
    const { clock, corrections } = clockAtNoon();
    expect(clock.learn(refusal(minutes * minute), 0)).toBe(true);
    expect(clock.now().getTime()).toBe(noon + minutes * minute);
    expect(corrections).toEqual([minutes * minute]);
  });

  test('refuses a HEAD, and has no body to say why', () => {
    const { clock } = clockAtNoon();
    expect(clock.learn({ ...refusal(16 * minute), code: undefined }, 0)).toBe(true);
  });

  test('came to one of many requests: the others may be sent again, and set nothing anew', () => {
    const { clock, corrections } = clockAtNoon();
    expect([0, 1, 2].map((seconds) => clock.learn(refusal(16 * minute + seconds * 1000), 0))).toEqual([
      true,
      true,
      true,
    ]);
    expect(corrections).toHaveLength(1);
  });
});

describe('A4: the clock stays as it is', () => {
  test.each([
    ['where the refusal is another', refusal(16 * minute, 'AccessDenied')],
    ['where the answer is no refusal', { ...refusal(16 * minute), status: 404, code: undefined }],
    ['where the two clocks agree', refusal(minute)],
    ['where the answer has no date', { ...refusal(0), headers: {} }],
    ['where its date is none', { ...refusal(0), headers: { date: 'yesterday' } }],
  ])('%s', (_, answer) => {
    const { clock, corrections } = clockAtNoon();
    expect(clock.learn(answer, 0)).toBe(false);
    expect(clock.now().getTime()).toBe(noon);
    expect(corrections).toEqual([]);
  });

  test('where a request that was signed with the time that was told is refused all the same', () => {
    const { clock } = clockAtNoon();
    clock.learn(refusal(16 * minute), 0);
    expect(clock.learn(refusal(16 * minute), clock.offsetMs)).toBe(false);
  });
});

test('where the clock stands is said in whole minutes', () => {
  expect([16 * minute + 400, -16 * minute].map(clockInWords)).toEqual(['16 minutes behind', '16 minutes ahead of']);
});
