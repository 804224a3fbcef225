/**
 * Preloaded into every Node process below Pulumi (NODE_OPTIONS=--import): what @pulumi/pulumi loads on every start, though
 * only programs that serialize functions or drive Pulumi themselves use it, is loaded when it is first used. Program and
 * policy pack start one after the other, and each spent 0.25 s on TypeScript, npm's arborist and the Automation API.
 */
import { createRequire } from 'node:module';

const late = ['typescript', '@npmcli/arborist', './automation/index.js'];

const requireHere = createRequire(import.meta.url);
try {
  const requireInSdk = createRequire(requireHere.resolve('@pulumi/pulumi/package.json'));
  for (const name of late) loadLate(requireInSdk, name);
} catch {
  // No SDK, or one that has no such module: everything is loaded as its own code says.
}

/** Puts a stand-in for a module's exports into the cache of require(), which loads the module when a property is asked for. */
function loadLate(requireInSdk, name) {
  const id = requireInSdk.resolve(name);
  let exports;
  const load = () => {
    if (exports === undefined) {
      delete requireInSdk.cache[id];
      exports = requireInSdk(id);
    }
    return exports;
  };
  const standIn = new Proxy(
    {},
    {
      // TypeScript's helpers for imports ask for this first, and leave the exports of such a module alone.
      get: (_, property) => (property === '__esModule' ? true : load()[property]),
      has: (_, property) => property in load(),
      ownKeys: () => Reflect.ownKeys(load()),
      getOwnPropertyDescriptor: (_, property) => {
        const descriptor = Reflect.getOwnPropertyDescriptor(load(), property);
        return descriptor && { ...descriptor, configurable: true };
      },
    },
  );
  requireInSdk.cache[id] = { id, filename: id, path: id, loaded: true, children: [], paths: [], exports: standIn };
}
