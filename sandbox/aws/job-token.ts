import { createHmac } from 'node:crypto';

/**
 * What stands in for ACTIONS_ID_TOKEN_REQUEST_TOKEN in the sandbox. It is derived from the administrator's secret, which itself is
 * only ever used to sign.
 */
export function jobToken(secretAccessKey: string): string {
  return createHmac('sha256', secretAccessKey).update('sluice sandbox: tokens of GitHub jobs').digest('hex');
}
