import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { UserError } from '../base/user-error.ts';
import { parseJson, readIfPresent, sandboxDirectory } from './process-directory.ts';
import type { SandboxDirectory } from './process-directory.ts';
import { sluiceVersion } from './process-version.ts';
import { sandboxStatusSchema } from './status.ts';
import type { SandboxStatus } from './status.ts';

/** What `GET /health` of a sandbox's control endpoint answers. */
const healthSchema = z.strictObject({ version: z.string(), pid: z.int().positive() });
export type Health = z.infer<typeof healthSchema>;

/** The part of a record that every version writes: enough to find out whether its process still runs. */
const anyRecordSchema = z.looseObject({
  version: z.string(),
  pid: z.int().positive(),
  control: z.looseObject({ url: z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ }) }),
});

/** Generous: on a busy machine a sandbox that answers late is still running. */
const healthTimeoutMs = 5000;

/**
 * The sandbox that runs in `directory`, whatever its version; undefined where none does, a stale record or not.
 * A recorded process counts only if its control endpoint answers with the recorded pid: a number alone may be recycled.
 */
export async function runningProcess(directory: string): Promise<Health | undefined> {
  const record = anyRecordSchema.safeParse(await readRecord(directory));
  if (!record.success) return undefined;
  const { version, pid, control } = record.data;
  const health = await askHealth(control.url);
  return health?.pid === pid ? { version, pid } : undefined;
}

/**
 * Endpoints and administrator credentials of the sandbox that runs in `directory`; undefined where none does.
 * Throws `UserError` for a running sandbox of other sources: what it enforces is not what this version expects.
 */
export async function readSandboxStatus(directory: string): Promise<SandboxStatus | undefined> {
  const running = await runningProcess(directory);
  if (running === undefined) return undefined;
  // An older one of the same version, from before a change to the sources, has another record.
  const { data } = sandboxStatusSchema.safeParse(await readRecord(directory));
  if (running.version === sluiceVersion() && data !== undefined) return data;
  throw new UserError({
    where: directory,
    what: `a sandbox of another version (${running.version}) is running`,
    fix: 'stop it with "sluice sandbox stop", then start it again',
  });
}

/** Written whole or not at all, readable by its owner only: it holds the administrator's secrets. */
export async function writeRecord(paths: SandboxDirectory, status: SandboxStatus): Promise<void> {
  const temporary = `${paths.record}.${randomBytes(6).toString('hex')}.tmp`;
  await writeFile(temporary, `${JSON.stringify(status, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(temporary, paths.record);
}

/** From here on nobody finds the sandbox; a record that is gone already is fine. */
export async function removeRecord(paths: SandboxDirectory): Promise<void> {
  await rm(paths.record, { force: true });
}

async function readRecord(directory: string): Promise<unknown> {
  const content = await readIfPresent(sandboxDirectory(directory).record);
  return content === undefined ? undefined : parseJson(content);
}

/** Undefined where nothing answers there, or something else does. */
async function askHealth(controlUrl: string): Promise<Health | undefined> {
  try {
    return healthSchema.safeParse(parseJson(await httpGet(`${controlUrl}/health`))).data;
  } catch {
    return undefined;
  }
}

function httpGet(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, signal: AbortSignal.timeout(healthTimeoutMs) }, (response) => {
      text(response).then(resolve, reject);
    }).on('error', reject);
  });
}
