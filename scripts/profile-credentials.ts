import type { UserErrorDetails } from '../base/user-error.ts';
import type { SharedProfile } from './shared-profile.ts';

/** A provider's words, in one line. */
const messageCharactersMax = 200;

/**
 * Why the SDK found no credentials in a profile, and what to do; `cause` is what it threw. Never what a credential_process was
 * started with or printed, which may hold secrets. Pure.
 */
export function whyNoCredentials(
  profile: string,
  { settings }: SharedProfile,
  cause: unknown,
): Pick<UserErrorDetails, 'what' | 'fix'> {
  const has = (name: string) => Boolean(settings[name]);
  const reason = reasonOf(cause);
  if (has('aws_access_key_id') !== has('aws_secret_access_key')) {
    const [id, secret] = ['aws_access_key_id', 'aws_secret_access_key'];
    const [there, missing] = has('aws_access_key_id') ? [id, secret] : [secret, id];
    return { what: `it has ${there} and no ${missing}`, fix: `add ${missing}` };
  }
  if (has('role_arn')) {
    return { what: `its role could not be taken${reason}`, fix: 'check its role_arn, and whom that role trusts' };
  }
  if (has('sso_session') || has('sso_start_url')) {
    return { what: `it has no session of IAM Identity Center${reason}`, fix: `aws sso login --profile ${profile}` };
  }
  if (has('login_session')) {
    return { what: `it has no login session${reason}`, fix: `aws login --profile ${profile}` };
  }
  if (has('credential_process')) {
    return { what: 'its credential_process gave no credentials', fix: 'run that command by itself to see why' };
  }
  return { what: 'it holds no credentials', fix: 'add aws_access_key_id and aws_secret_access_key to it' };
}

function reasonOf(cause: unknown): string {
  const line = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
  return line === '' ? '' : ` (${line.slice(0, messageCharactersMax)})`;
}
