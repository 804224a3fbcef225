/**
 * Whether `error` is what the operating system says with `code` (`ENOENT`, `EEXIST` ..).
 * It goes by shape, since Node's own errors are of another `Error` class inside a test runner's sandbox.
 */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
