/**
 * `npm run requirements`: each requirement of docs/requirements.md with the tests that name its id and their last
 * result, and at the end the ids without a passing test. Results come from the last `npm test` of each file.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const checkout = join(import.meta.dirname, '..');

const resultsSchema = z.record(z.string(), z.array(z.object({ name: z.string(), status: z.string() })));

interface NamedTest {
  readonly file: string;
  readonly name: string;
  readonly status: string;
}

const tests = readTests();
const requirements = readRequirements().map((requirement) => ({
  ...requirement,
  tests: tests.filter(({ name }) => new RegExp(`\\b${requirement.id}\\b`).test(name)),
}));

for (const { id, text, tests: naming } of requirements) {
  console.log(`${id}  ${text}`);
  for (const { file, name, status } of naming) console.log(`    ${status}  ${file}: ${name}`);
}
const unproven = requirements.filter(({ tests: naming }) => !naming.some(({ status }) => status === 'passed'));
console.log(
  `\n${requirements.length - unproven.length} of ${requirements.length} requirements have a passing test; ` +
    `without: ${unproven.map(({ id }) => id).join(', ') || 'none'}`,
);

function readRequirements(): { id: string; text: string }[] {
  const page = readFileSync(join(checkout, 'docs', 'requirements.md'), 'utf8');
  return [...page.matchAll(/^\| ([A-Z]\d+)\s+\| (.+?)\s+\|$/gm)].map(([, id = '', text = '']) => ({ id, text }));
}

function readTests(): NamedTest[] {
  const path = join(checkout, '.sluice', 'test-results.json');
  if (!existsSync(path)) return [];
  const results = resultsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  return Object.entries(results).flatMap(([file, named]) => named.map((test) => ({ file, ...test })));
}
