import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardrailReference } from '../../../policies/guardrails/reference.ts';
import { rules } from '../../../policies/guardrails/rules/index.ts';
import { checkout } from '../../support/command-line.ts';

const page = readFileSync(join(checkout, 'docs', 'guardrails.md'), 'utf8');

test('docs/guardrails.md is what the rules say: node scripts/document-guardrails.ts', () => {
  expect(page).toBe(guardrailReference(rules));
});

test('it has a section for every rule, and every requirement it names exists', () => {
  const requirements = readFileSync(join(checkout, 'docs', 'requirements.md'), 'utf8');
  for (const rule of rules) {
    expect(page).toContain(`### ${rule.name}\n`);
    for (const id of rule.requirements) expect(requirements).toContain(`| ${id} `);
  }
});
