import { watchAnonymous } from '../../proof/prober.ts';
import { fakeEdge } from './fake-edge.ts';

describe('A1: watching a hostname without credentials', () => {
  test('counts what was served and every status, by Host header, until it is stopped', async () => {
    let asked = 0;
    let fortieth: () => void;
    const enough = new Promise<void>((resolve) => (fortieth = resolve));
    const edge = await fakeEdge((request) => {
      asked += 1;
      if (asked === 40) fortieth();
      if (request.headers.host !== 'files.example.test' || request.url !== '/a%20b') return { status: 500 };
      if (asked === 10) return { status: 200 };
      return asked % 2 === 0 ? { status: 302, location: '/' } : { status: 403 };
    });
    const watch = watchAnonymous({
      route: { hostname: 'files.example.test', edge },
      key: 'a b',
      requestsPerSecond: 500,
    });
    await enough;
    const { requests, served, statuses } = await watch.stop();
    expect(requests).toBe(asked);
    expect(served).toBe(1);
    expect(Object.keys(statuses)).toEqual(['200', '302', '403']);
    await edge.close();
  });

  test('a failed connection counts as status 0, not as served', async () => {
    let refused: () => void;
    const enough = new Promise<void>((resolve) => (refused = resolve));
    const edge = await fakeEdge(() => {
      refused();
      return 'hang up';
    });
    const watch = watchAnonymous({ route: { hostname: 'files.example.test', edge }, key: 'a' });
    await enough;
    const { requests, served, statuses } = await watch.stop();
    expect(statuses).toEqual({ 0: requests });
    expect(served).toBe(0);
    await edge.close();
  });
});
