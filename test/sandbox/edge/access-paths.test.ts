import { applicationCovering, covers } from '../../../sandbox/edge/access-paths.ts';
import type { Application } from '../../../sandbox/cloudflare/state.ts';

const placeOf = (url: string) => {
  const slash = url.indexOf('/');
  return { hostname: url.slice(0, slash), path: url.slice(slash) };
};

describe('A3: an application path covers', () => {
  test.each([
    ['files.test', 'files.test/'],
    ['files.test', 'files.test/any/path'],
    ['FILES.test', 'files.test/'],
    ['*.test', 'files.test/'],
    ['dev-*.files.test', 'dev-7.files.test/'],
    ['files.test/alpha', 'files.test/alpha'],
    ['files.test/alpha', 'files.test/alpha/'],
    ['files.test/alpha', 'files.test/alpha/x/y'],
    ['files.test/alpha/', 'files.test/alpha'],
    ['files.test/*', 'files.test/'],
    ['files.test/alpha/*', 'files.test/alpha/'],
    ['files.test/alpha/*', 'files.test/alpha/x/y'],
    ['files.test/*/private', 'files.test/alpha/private/x'],
    ['files.test/report-*.pdf', 'files.test/report-7.pdf'],
  ])('%s: %s', (uri, place) => expect(covers(uri, placeOf(place))).toBe(true));
});

describe('A3: an application path does not cover', () => {
  test.each([
    ['files.test', 'sub.files.test/'],
    ['files.test', 'evilfiles.test/'],
    ['*.files.test', 'files.test/'],
    ['*.files.test', 'a.b.files.test/'],
    ['files.test/alpha', 'files.test/alphabet'],
    ['files.test/alpha', 'files.test/'],
    ['files.test/alpha', 'files.test//alpha'],
    ['files.test/alpha', 'files.test/ALPHA'],
    ['files.test/alpha/*', 'files.test/alpha'],
    ['files.test/*/private', 'files.test/private'],
  ])('%s: %s', (uri, place) => expect(covers(uri, placeOf(place))).toBe(false));
});

describe('A3: the most specific application decides', () => {
  const application = (uri: string): Application => ({
    id: uri,
    aud: 'a',
    name: uri,
    domain: uri,
    destinations: [{ type: 'public', uri }],
    policies: [],
    settings: {},
    createdAt: '2026-11-22T10:00:00.000Z',
    updatedAt: '2026-11-22T10:00:00.000Z',
  });
  const uris = [
    '*.test',
    'files.test',
    'files.test/*',
    'files.test/alpha',
    'files.test/alpha/beta',
    'files.test/*/beta',
  ];
  test.each([
    ['other.test/', '*.test'],
    ['files.test/', 'files.test/*'],
    ['files.test/alpha', 'files.test/alpha'],
    ['files.test/alpha/gamma', 'files.test/alpha'],
    ['files.test/alpha/beta/x', 'files.test/alpha/beta'],
    ['files.test/gamma/beta', 'files.test/*/beta'],
  ])('%s: %s', (place, expected) => {
    for (const order of [uris, uris.toReversed()]) {
      expect(applicationCovering(order.map(application), placeOf(place))?.id).toBe(expected);
    }
  });

  test('and none where none covers the place', () => {
    expect(applicationCovering([application('files.test/alpha')], placeOf('files.test/beta'))).toBeUndefined();
  });
});
