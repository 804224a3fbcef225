import { callsOf, type Output, shown } from '../api-call.ts';

/** Makes steps on S3. */
export const call = callsOf('S3');

/** Looks at the body. */
export const text = { see: (output: Output) => shown(output['Body']) };

/** MD5, SHA-256 and CRC-32 of `hello`. */
export const helloTag = '"5d41402abc4b2a76b9719d911017c592"';
export const helloSha256 = 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=';
export const helloCrc32 = 'NhCmhg==';
