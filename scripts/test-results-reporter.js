/**
 * A jest reporter that keeps each test's last result in .sluice/test-results.json, for `npm run requirements`.
 * A run of some files replaces those files' results and leaves the others'.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const path = join(checkout, '.sluice', 'test-results.json');

export default class TestResultsReporter {
  onRunComplete(_contexts, { testResults }) {
    const results = read();
    for (const { testFilePath, testResults: tests } of testResults) {
      results[relative(checkout, testFilePath)] = tests.map(({ fullName, status }) => ({ name: fullName, status }));
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.tmp`, JSON.stringify(results));
    renameSync(`${path}.tmp`, path);
  }
}

function read() {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}
