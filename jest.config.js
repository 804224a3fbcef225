/** Settings measured to work together: sources are ES modules; swc turns them into CommonJS for the tests. */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'commonjs' } },
    ],
  },
  // Packages that ship ES modules only, which the CommonJS test run cannot load untransformed.
  transformIgnorePatterns: [
    '/node_modules/(?!(jose|commander|@clack|ansis|fast-string-width|fast-string-truncated-width|fast-wrap-ansi|sisteransi)/)',
  ],
  modulePathIgnorePatterns: ['<rootDir>/.sandbox/'],
  testEnvironment: 'node',
  // Long enough for a busy machine; nothing here waits for a time, so a good run never comes near it.
  testTimeout: 60_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/scripts/test-results-reporter.js'],
};
