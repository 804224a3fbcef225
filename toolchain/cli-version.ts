/** Which Pulumi CLI sluice works with. The Node SDK in package.json has the same version. */
export const pulumiVersion = '3.259.0';
/** The first major version that is too new. */
const majorAfter = 4;
/** What the pinned Pulumi version's go.mod asks for. */
export const goVersionMinimum = '1.25.11';

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** `-alpha.1`, `-dev` and the like come before the version that they name. */
  readonly prerelease: boolean;
}

/** Reads `v3.259.0`, `3.260.1-alpha.2`, `go1.26` (no patch is patch 0); undefined for anything else. */
function parseVersion(text: string): Version | undefined {
  const match = /^(?:v|go)?(\d+)\.(\d+)(?:\.(\d+))?(-|rc|beta)?/.exec(text.trim());
  if (match === null) return undefined;
  const [, major, minor, patch = '0', suffix] = match;
  return { major: Number(major), minor: Number(minor), patch: Number(patch), prerelease: suffix !== undefined };
}

/** Whether `version` is `minimum` or a later one. */
function isAtLeast(version: Version, minimum: Version): boolean {
  const steps = [
    version.major - minimum.major,
    version.minor - minimum.minor,
    version.patch - minimum.patch,
    Number(minimum.prerelease) - Number(version.prerelease),
  ];
  return (steps.find((step) => step !== 0) ?? 0) >= 0;
}

/** Whether `pulumi version` printed a version that sluice works with: 3.259.0 or newer, below 4. */
export function isSupportedPulumi(printed: string): boolean {
  const version = parseVersion(printed);
  const minimum = parseVersion(pulumiVersion);
  if (version === undefined || minimum === undefined) return false;
  return version.major < majorAfter && isAtLeast(version, minimum);
}

/** Whether `go env GOVERSION` printed a Go that can build the pinned Pulumi. */
export function isSupportedGo(printed: string): boolean {
  const version = parseVersion(printed);
  const minimum = parseVersion(goVersionMinimum);
  return version !== undefined && minimum !== undefined && isAtLeast(version, minimum);
}
