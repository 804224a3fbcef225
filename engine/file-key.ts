import { randomBytes } from 'node:crypto';

/** Which keys can be files below a directory. Pure, apart from the random name. */

/** A file name's limit on every common file system (NAME_MAX). */
const segmentBytesMax = 255;

const temporaryPattern = /^\.sluice-[0-9a-f]{16}\.part$/;

/** A name for a file that is being written; listings pass over it. */
export function temporaryName(): string {
  return `.sluice-${randomBytes(8).toString('hex')}.part`;
}

/** Whether a file's name is one that a write gives its file until all of it is there. */
export function isTemporary(name: string): boolean {
  return temporaryPattern.test(name);
}

/**
 * Why a key cannot be a file below a directory; undefined where it can.
 *
 * | key | problem |
 * | --- | --- |
 * | begins with `/` | absolute |
 * | ends with `/` | names a directory |
 * | has an empty segment (`a//b`) | a file system takes it for `a/b` |
 * | has a segment `.` or `..` | leads elsewhere, at worst out of the root |
 * | holds NUL | ends a name |
 * | has a segment of more than 255 bytes | too long |
 * | has a segment like our temporary files | reserved |
 */
export function fileKeyProblem(key: string): string | undefined {
  if (key.startsWith('/')) return 'the key begins with "/": as a file it would be absolute';
  if (key.endsWith('/')) return 'the key ends with "/": a file system has only directories of such a name';
  if (key.includes('\0')) return 'the key holds a NUL character, which no file name can';
  for (const segment of key.split('/')) {
    const problem = segmentProblem(segment);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function segmentProblem(segment: string): string | undefined {
  if (segment === '') return 'the key holds "//": a file system takes it for a single slash';
  if (segment === '.' || segment === '..')
    return `the key holds the segment "${segment}", which a file system resolves`;
  const bytes = Buffer.byteLength(segment);
  if (bytes > segmentBytesMax)
    return `a segment of the key has ${bytes} bytes; file names have at most ${segmentBytesMax}`;
  if (isTemporary(segment)) return "the key has the form of this program's own temporary files";
  return undefined;
}
