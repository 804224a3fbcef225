import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Document } from 'yaml';
import { UserError } from '../base/user-error.ts';
import { hasCode } from './system-error.ts';
import { standInNames } from './sandbox-settings.ts';
import {
  credentialPlaces,
  parseYamlFile,
  readGenerations,
  renderYaml,
  stampDocument,
  writeGenerations,
} from './stack-file.ts';

/** Where the running sandbox answers; `sandbox status --json` has all of it. */
export interface SandboxEndpoints {
  readonly aws: { readonly endpoint: string; readonly httpsEndpoint: string };
  readonly cloudflare: { readonly apiBaseUrl: string };
  readonly r2: {
    readonly endpoints: Readonly<Partial<Record<string, string>>>;
    readonly httpsEndpoints: Readonly<Partial<Record<string, string>>>;
  };
  readonly edge: { readonly http: string };
}

export interface SandboxProjectOptions {
  /** The directory of Pulumi.yaml and the program. */
  readonly checkout: string;
  /** The directory of Pulumi.<stack>.yaml. */
  readonly stackDirectory: string;
  /** Where Pulumi shall work: `.sandbox/project`. */
  readonly directory: string;
  readonly stack: string;
  readonly status: SandboxEndpoints;
  /** Today, `YYYY-MM-DD`: the date of every credential that has none yet. */
  readonly issuedOn: string;
  /** Made here, once, readable by its owner only; Pulumi gets it by PULUMI_CONFIG_PASSPHRASE_FILE. */
  readonly passphraseFile: string;
}

/** What Pulumi itself writes into a stack file: how its secrets are encrypted. */
const encryptionKeys = ['secretsprovider', 'encryptedkey', 'encryptionsalt'] as const;

/**
 * Writes the project that Pulumi works in on the sandbox's stack, so that the checkout stays untouched: Pulumi.yaml with
 * the program's place and the stand-ins, and a copy of Pulumi.<stack>.yaml. The checked-in file is the source of
 * everything in the copy but the endpoints, the encryption salt, and the generations and dates that were written there:
 * those stay, unless the checked-in file declares a later generation.
 */
export async function writeSandboxProject(options: SandboxProjectOptions): Promise<void> {
  const { checkout, stackDirectory, directory, stack, passphraseFile } = options;
  const stackFile = `Pulumi.${stack}.yaml`;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const existing = await readOptional(path.join(directory, stackFile));
  const before = existing === undefined ? undefined : parseYamlFile(existing, path.join(directory, stackFile));
  await ensurePassphrase(passphraseFile, before?.has('encryptionsalt') === true);

  const project = await readCheckedIn(path.join(checkout, 'Pulumi.yaml'));
  await replaceFile(
    path.join(directory, 'Pulumi.yaml'),
    sandboxProjectText(project, path.relative(directory, checkout)),
  );

  const checkedIn = await readCheckedIn(path.join(stackDirectory, stackFile));
  await replaceFile(path.join(directory, stackFile), sandboxStackText(checkedIn, before, options));
}

/** Pulumi.yaml with `main` and the stand-ins' directories as seen from the sandbox's project. */
function sandboxProjectText(text: string, checkout: string): string {
  const document = parseYamlFile(text, 'Pulumi.yaml');
  const main = document.get('main');
  document.set('main', path.join(checkout, typeof main === 'string' ? main : '.'));
  document.setIn(
    ['plugins', 'providers'],
    document.createNode(
      standInNames.map((name) => ({ name, path: path.join(checkout, 'sandbox', 'stand-ins', name) })),
    ),
  );
  return renderYaml(document);
}

/** The copy of the stack file for a sandbox that answers at `status`; `before` is the copy that stood there. */
function sandboxStackText(
  text: string,
  before: Document | undefined,
  { status, issuedOn, stack }: Pick<SandboxProjectOptions, 'status' | 'issuedOn' | 'stack'>,
): string {
  const document = parseYamlFile(text, `Pulumi.${stack}.yaml`);
  writeEndpoints(document, status);
  if (before !== undefined) {
    for (const key of encryptionKeys) if (before.has(key)) document.set(key, before.get(key));
    keepGenerations(document, before);
  }
  stampDocument(document, issuedOn);
  return renderYaml(document);
}

/**
 * A checked-in stack file with the generations and dates that rotations and the first deploy wrote into `copy`, the sandbox's
 * copy of it: what the next deploy deploys, but for the endpoints. Throws `UserError` where one of them is not YAML.
 */
export function withWrittenGenerations(checkedIn: string, copy: string, stack: string): string {
  const document = parseYamlFile(checkedIn, `Pulumi.${stack}.yaml`);
  keepGenerations(document, parseYamlFile(copy, `the sandbox's Pulumi.${stack}.yaml`));
  return renderYaml(document);
}

function writeEndpoints(document: Document, { aws, cloudflare, r2, edge }: SandboxEndpoints): void {
  const config = (...keys: (string | number)[]) => ['config', ...keys];
  // Over HTTPS where the checked-in file says so; the stand-ins of Pulumi's providers use HTTP.
  const writeOwn = (keys: readonly string[], http: string | undefined, https: string | undefined): void => {
    const place = config('sluice:endpoints', ...keys);
    document.setIn(place, String(document.getIn(place)).startsWith('https:') ? https : http);
  };
  for (const service of ['iam', 'sts', 's3']) {
    document.setIn(config('aws:endpoints', 0, service), aws.endpoint);
    writeOwn(['aws', service], aws.endpoint, aws.httpsEndpoint);
  }
  document.setIn(config('cloudflare:baseUrl'), cloudflare.apiBaseUrl);
  for (const [jurisdiction, endpoint] of Object.entries(r2.endpoints)) {
    writeOwn(['r2', jurisdiction], endpoint, r2.httpsEndpoints[jurisdiction]);
  }
  document.setIn(config('sluice:endpoints', 'edge', 'http'), edge.http);
}

/** Takes over what rotations and the first deploy wrote, credential by credential, found by name. */
function keepGenerations(document: Document, before: Document): void {
  const written = new Map(
    credentialPlaces(before).map(({ name, path: place }) => [name, readGenerations(before, place)]),
  );
  for (const { name, path: place } of credentialPlaces(document)) {
    const kept = written.get(name);
    const declared = readGenerations(document, place);
    if (kept === undefined || (declared?.current.generation ?? 0) > kept.current.generation) continue;
    writeGenerations(document, place, kept);
  }
}

/** Makes the passphrase, once. One that is gone while the stack's secrets need it cannot be made again. */
async function ensurePassphrase(file: string, needed: boolean): Promise<void> {
  if ((await readOptional(file)) !== undefined) {
    await chmod(file, 0o600);
    return;
  }
  if (needed) {
    throw new UserError({
      where: file,
      what: "the passphrase of the sandbox's stack is gone, and its secrets cannot be read without it",
      fix: 'npm run sluice -- sandbox reset',
    });
  }
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
}

async function readCheckedIn(file: string): Promise<string> {
  const text = await readOptional(file);
  if (text !== undefined) return text;
  throw new UserError({
    where: file,
    what: 'there is no such file',
    fix: 'run sluice in its checkout, on a stack that it has',
  });
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Replaces a file as a whole, so that a Pulumi that reads it meanwhile never sees half of it. */
async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.draft`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
}
