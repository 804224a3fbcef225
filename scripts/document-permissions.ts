/** Writes docs/permissions.md from the permission model: `node scripts/document-permissions.ts`. A test keeps it fresh. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { permissionReference } from '../policies/permission-reference.ts';

writeFileSync(join(import.meta.dirname, '..', 'docs', 'permissions.md'), permissionReference());
