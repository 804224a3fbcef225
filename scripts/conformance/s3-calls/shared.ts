import { callsOf } from '../api-call.ts';
import { sharedCalls } from '../shared-calls.ts';

/** Makes steps on S3. */
export const call = callsOf('S3');

/** The steps that R2 answers alike. */
export const same = sharedCalls('S3');

/** SHA-256 and CRC-32 of `hello`. */
export const helloSha256 = 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=';
export const helloCrc32 = 'NhCmhg==';
