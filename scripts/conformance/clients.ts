import { awsCli } from './aws-cli.ts';
import { boto3 } from './boto3.ts';
import { cloudflareClient } from './cloudflare-client.ts';
import { javascriptSdk } from './javascript-sdk.ts';
import { rclone } from './rclone.ts';
import { s5cmd } from './s5cmd.ts';
import type { Scenario } from './step.ts';

/** Every client, in the order of docs/conformance.md. */
export const scenarios: readonly Scenario[] = [awsCli, boto3, javascriptSdk, rclone, s5cmd, cloudflareClient];
