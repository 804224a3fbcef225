/**
 * Preloaded into every Node process of ours (NODE_OPTIONS=--import): keeps each source of this checkout as Node's type
 * stripping leaves it, for the next process. A deploy starts seven processes, and Node 22 strips every file anew in each,
 * with a parser that has to be compiled first: 0.1 to 0.2 s apiece (Node's own compile cache keeps what comes after that).
 * A copy is found by what its source contains, so it is never out of date; without the directory everything runs as ever.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as module from 'node:module';
import { fileURLToPath } from 'node:url';

const checkout = new URL('..', import.meta.url);
const packages = new URL('node_modules/', checkout).href;
const directory = new URL(`.cache/stripped-types/${process.version}/`, packages);

// Node has the hook since 22.15.
module.registerHooks?.({
  load(url, context, next) {
    const isOurs = url.endsWith('.ts') && url.startsWith(checkout.href) && !url.startsWith(packages);
    if (!isOurs) return next(url, context);
    return { format: 'module', source: stripped(readFileSync(fileURLToPath(url), 'utf8')), shortCircuit: true };
  },
});

/** `source` without its types; throws what Node throws for syntax that it cannot strip. */
function stripped(source) {
  const copy = new URL(`${createHash('sha256').update(source).digest('hex')}.js`, directory);
  try {
    return readFileSync(copy, 'utf8');
  } catch {
    const text = withoutWarning(() => module.stripTypeScriptTypes(source));
    keep(copy, text);
    return text;
  }
}

/** Node does the same to every file by itself, but warns in each process that calling it is experimental. */
function withoutWarning(work) {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Whole or not at all: another process may read it at this moment. */
function keep(copy, text) {
  const draft = new URL(`${copy.href}.${process.pid}.draft`);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(draft, text);
    renameSync(draft, copy);
  } catch {
    // A checkout that cannot be written runs as well, only slower.
  }
}
