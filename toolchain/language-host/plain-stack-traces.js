/**
 * Preloaded into every Node process below Pulumi (NODE_OPTIONS=--import): leaves stack traces as Node prints them.
 *
 * Pulumi's SDK turns on source-map-support, whose maps rewrite frames of the SDK to paths such as
 * `node_modules/@pulumi/resource.ts`, without the package's own directory. Node's `util.inspect` with colours, which the
 * SDK uses to report a program's error, loops on such a path until its string is too long: a program that throws then
 * hangs for most of a minute (https://github.com/pulumi/pulumi/issues/20567 shows the same RangeError).
 * Our own sources need no maps: Node's type stripping keeps every line where it is.
 */
import { createRequire } from 'node:module';

const requireHere = createRequire(import.meta.url);
try {
  const requireInSdk = createRequire(requireHere.resolve('@pulumi/pulumi/package.json'));
  const id = requireInSdk.resolve('source-map-support/register');
  requireHere.cache[id] = { ...module(id), exports: {} };
} catch {
  // No SDK, nothing to leave out.
}

/** What require() takes for a module that is loaded already. */
function module(id) {
  return { id, filename: id, path: id, loaded: true, children: [], paths: [] };
}
