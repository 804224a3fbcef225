import { isSupportedGo, isSupportedPulumi } from '../../toolchain/cli-version.ts';

describe('a Pulumi CLI is new enough when it prints', () => {
  test.each(['v3.259.0', '3.259.0', 'v3.259.1', 'v3.260.0', 'v3.1000.0', 'v3.260.0-alpha.1\n'])('%s', (printed) => {
    expect(isSupportedPulumi(printed)).toBe(true);
  });
});

describe('a Pulumi CLI does not count when it prints', () => {
  test.each(['v3.258.9', 'v3.99.0', 'v2.900.0', 'v4.0.0', 'v3.259.0-dev.0', '', 'pulumi', 'error: v3.259.0'])(
    '%j',
    (printed) => {
      expect(isSupportedPulumi(printed)).toBe(false);
    },
  );
});

test.each([
  ['go1.25.11', true],
  ['go1.26', true],
  ['go1.25.10', false],
  ['go1.21', false],
  ['go1.26rc1', true],
  ['devel', false],
])('Go that calls itself %s can build the CLI: %s', (printed, expected) => {
  expect(isSupportedGo(printed)).toBe(expected);
});
