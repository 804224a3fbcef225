import { field, patternField, textField } from './field.ts';
import { Mistake, show } from './mistake.ts';

/** Values with rules of their own, wherever in the configuration they stand. */

export const environmentField = patternField({
  example: 'a name such as prod',
  pattern: /^[a-z][a-z0-9-]{0,31}$/,
  rule: 'a name: a lower-case letter, then at most 31 lower-case letters, digits and hyphens',
});

/** Names of migrations, policies, service tokens: parts of identities in the providers. */
export const nameField = patternField({
  example: 'a name such as media',
  pattern: /^[a-z][a-z0-9-]{0,23}$/,
  rule: 'a name: a lower-case letter, then at most 23 lower-case letters, digits and hyphens',
});

/** S3 User Guide, "Bucket naming rules". A wildcard in a name would widen the policy. */
export const awsBucketField = textField('a bucket name such as media-prod', (name) => {
  const shaped = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name);
  if (shaped && !name.includes('..') && !/^\d+\.\d+\.\d+\.\d+$/.test(name)) return undefined;
  return new Mistake(
    `${show(name)} is not a name that S3 gives to buckets`,
    'write the bucket alone: 3 to 63 lower-case letters, digits, hyphens and single dots',
  );
});

/** Cloudflare R2, "Create buckets". */
export const r2BucketField = patternField({
  example: 'the bucket alone, such as media',
  pattern: /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
  rule: 'a name that R2 gives to buckets (3 to 63 lower-case letters, digits and hyphens)',
});

/** S3 and R2: a key has at most 1,024 bytes. */
const prefixBytesMax = 1024;

export const prefixField = textField('the prefix, such as uploads/, or "" for the whole bucket', (prefix) => {
  if (prefix.startsWith('/')) {
    return new Mistake(
      `${show(prefix)} starts with "/", which keys do not`,
      `write ${show(prefix.replace(/^\/+/, ''))}`,
    );
  }
  if (prefix !== '' && !prefix.endsWith('/')) {
    return new Mistake(
      `${show(prefix)} must end in "/"`,
      `without it, "${prefix}-private/" is reachable too; write "${prefix}/"`,
    );
  }
  if (Buffer.byteLength(prefix) > prefixBytesMax) {
    return new Mistake(
      `${show(prefix)} has ${Buffer.byteLength(prefix)} bytes, of at most ${prefixBytesMax}`,
      'shorten it',
    );
  }
  if (!prefix.isWellFormed() || prefix.includes('\0')) {
    return new Mistake(`${show(prefix)} has a character that no key can have`, 'write it in UTF-8, without NUL');
  }
  if (prefix.split('/').some((part) => part.startsWith('.sluice-canary'))) {
    return new Mistake(`${show(prefix)} is kept for the smoke test's canaries`, 'choose another prefix');
  }
  return undefined;
});

export const awsAccountIdField = accountIdField({ example: '"123456789012"', pattern: /^\d{12}$/, rule: '12 digits' });
export const r2AccountIdField = accountIdField({
  example: '"0a1b2c3d4e5f60718293a4b5c6d7e8f9"',
  pattern: /^[0-9a-f]{32}$/,
  rule: '32 lower-case hexadecimal digits',
});

/** An account's or zone's id. Without quotes YAML reads many of them as numbers, and leading zeros are gone. */
function accountIdField({ example, pattern, rule }: { example: string; pattern: RegExp; rule: string }) {
  return field<string>(`the id in quotes, such as ${example}`, (value) => {
    if (typeof value === 'string' && pattern.test(value)) return value;
    const what = typeof value === 'string' ? `is not ${rule}` : `is a ${typeof value}, not ${rule} in quotes`;
    return new Mistake(`${show(value)} ${what}`, `write the id in quotes, such as ${example}`);
  });
}

/**
 * A key itself, never an alias: an alias can be pointed at another key, and no IAM policy can grant one (AWS KMS Developer
 * Guide, "Key identifiers" and "Using aliases to control access").
 */
export const kmsKeyArnField = patternField({
  example: 'the key\'s ARN, such as "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"',
  pattern: /^arn:aws(-cn|-us-gov)?:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
  rule: 'the ARN of a KMS key',
});

export const regionField = patternField({
  example: 'a region such as eu-west-1',
  pattern: /^[a-z]{2,3}(-[a-z]+)+-\d{1,2}$/,
  rule: 'an AWS region',
});

const hostnamePattern = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const hostnameField = patternField({
  example: 'a hostname such as files.example.com',
  pattern: hostnamePattern,
  rule: 'a hostname in lower case',
});

export const emailField = patternField({
  example: 'an address such as ann@example.com',
  pattern: /^[^\s@"]+@[^\s@"]+\.[^\s@"]+$/,
  rule: 'an e-mail address',
});

/** A part of a day or more, in Go's notation, as Cloudflare Access takes it. */
export const durationField = patternField({
  example: 'a duration such as 24h or 30m',
  pattern: /^(?=\d)(\d+h)?(\d+m)?(\d+s)?$/,
  rule: 'a duration',
});

/** Words for people, in one line: why something is as it is, or who said so. */
export const reasonField = textField('the reason, in a sentence', (text) =>
  text.trim() !== '' && text.length <= 200 && !/[\r\n]/.test(text)
    ? undefined
    : new Mistake(`${show(text)} is not a reason`, 'write one line of at most 200 characters'),
);

export const directoryField = textField('a directory such as ./exports', (path) => {
  if (path === '')
    return new Mistake('"" names no directory', 'write one, such as ./exports, or . for the project itself');
  return path.includes('\0') ? new Mistake(`${show(path)} has a NUL character`, 'remove it') : undefined;
});

/** Answers on this machine only: the sandbox. Returns scheme, host and port. */
export const loopbackUrlField = field<string>('a URL such as "http://127.0.0.1:4780"', (value) => {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    return new Mistake(`${show(value)} is not an http or https URL`, 'write one such as "http://127.0.0.1:4780"');
  }
  if (!isLoopback(url.hostname)) {
    return new Mistake(
      `${show(value)} is not on this machine`,
      'endpoints are the sandbox\'s: use 127.0.0.1, [::1] or localhost; remove "endpoints" to use the real clouds',
    );
  }
  const bare =
    url.username === '' && url.password === '' && url.pathname === '/' && url.search === '' && url.hash === '';
  return bare ? url.origin : new Mistake(`${show(value)} is more than scheme, host and port`, `write "${url.origin}"`);
});

function isLoopback(hostname: string): boolean {
  return hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname) || /(^|\.)localhost$/.test(hostname);
}
