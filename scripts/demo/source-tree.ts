import { copyFile, link, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkout } from '../checkout.ts';

/** Installed packages whose files the demo copies: real names, real sizes, real content types. */
const packages = [
  'typescript',
  'zod',
  '@aws-sdk/client-s3',
  'fastify',
  'undici',
  'prettier',
  'yaml',
  '@pulumi/cloudflare',
];

const filesMax = 3000;

/** One file that needs a multipart upload: the Node binary that runs this. */
const largeFileName = 'large/node';

/** Names that break naive copiers; each is legal as a file name and as an object key. */
const oddNames = [
  'odd names/with spaces.txt',
  'odd names/plus+percent%20hash#question?.txt',
  'odd names/quote"apostrophe\'ampersand&less<.txt',
  'odd names/emoji-😀.txt',
  'odd names/private-use-\ue000.txt',
  'odd names/ümlaut-composed.txt',
  'odd names/u\u0308mlaut-decomposed-x.txt',
  'odd names/.hidden',
  'odd names/trailing-space ',
  'odd names/new\nline.txt',
  'odd names/back\\slash.txt',
  'odd names/empty.bin',
];

/**
 * Lays out the demo's source below `directory` (made anew): about 3,000 files of installed packages, the odd names and one
 * file over 64 MiB. Files are links where the file system allows, so this costs no space. Returns how many there are.
 */
export async function layOutSourceTree(directory: string): Promise<number> {
  await rm(directory, { recursive: true, force: true });
  const files = (await Promise.all(packages.map(filesOf))).flat().slice(0, filesMax - oddNames.length - 1);
  await placeAll(directory, [
    ...files.map((path) => ({ from: join(checkout, 'node_modules', path), to: path })),
    { from: process.execPath, to: largeFileName },
  ]);
  await mkdir(join(directory, 'odd names'), { recursive: true });
  for (const name of oddNames) {
    await writeFile(
      join(directory, name),
      name.endsWith('empty.bin') ? '' : `the content of ${JSON.stringify(name)}\n`,
    );
  }
  return files.length + oddNames.length + 1;
}

async function filesOf(name: string): Promise<string[]> {
  const entries = await readdir(join(checkout, 'node_modules', name), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(checkout, 'node_modules').length + 1))
    .sort();
}

async function placeAll(directory: string, places: readonly { from: string; to: string }[]): Promise<void> {
  const folders = new Set(places.map(({ to }) => dirname(join(directory, to))));
  await Promise.all([...folders].map((folder) => mkdir(folder, { recursive: true })));
  await Promise.all(places.map(({ from, to }) => linkOrCopy(from, join(directory, to))));
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    // Another file system, or one without links.
    await copyFile(from, to);
  }
}
