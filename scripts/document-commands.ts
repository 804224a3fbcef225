/** Writes docs/commands.md from the commands' own help: `node scripts/document-commands.ts`. A test keeps it fresh. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandReference } from './command-reference.ts';

writeFileSync(join(import.meta.dirname, '..', 'docs', 'commands.md'), await commandReference());
