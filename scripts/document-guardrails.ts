/** Writes docs/guardrails.md from the rules: `node scripts/document-guardrails.ts`. A test keeps it fresh. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardrailReference } from '../policies/guardrails/reference.ts';
import { rules } from '../policies/guardrails/rules/index.ts';

writeFileSync(join(import.meta.dirname, '..', 'docs', 'guardrails.md'), guardrailReference(rules));
