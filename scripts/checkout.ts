import { join, resolve } from 'node:path';

/** The checkout that this file belongs to: sluice works on its own project, wherever it is called from. */
export const checkout = join(import.meta.dirname, '..');

/**
 * Everything that exists for the sandbox only, below the checkout and ignored by git. Another directory is another
 * sandbox with a stack of its own.
 */
export const sandboxDirectory = resolve(checkout, process.env['SLUICE_SANDBOX_DIRECTORY'] ?? '.sandbox');

/** Where stack files (`Pulumi.<stack>.yaml`) are read from: the checkout, or a directory of their own. */
export const stackDirectory = resolve(checkout, process.env['SLUICE_STACK_DIRECTORY'] ?? '.');

/** What interrupted runs leave for those that continue them; ignored by git. */
export const journalsDirectory = resolve(checkout, process.env['SLUICE_JOURNAL_DIRECTORY'] ?? '.sluice/journals');
