import { commandReference } from '../../scripts/command-reference.ts';
import { documents } from './documents.ts';

test('docs/commands.md shows every command as it is; `node scripts/document-commands.ts` writes it', async () => {
  expect(documents().find(({ path }) => path === 'docs/commands.md')?.text).toBe(await commandReference());
});
