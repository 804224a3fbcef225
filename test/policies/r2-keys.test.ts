import { r2KeysOfToken } from '../../policies/r2-keys.ts';

test('R2: the S3 secret of a token is the SHA-256 of its value, the key id its id', () => {
  // The digest of "abc" is the first example of FIPS 180-2, appendix B.
  expect(r2KeysOfToken('token-id', 'abc')).toEqual({
    accessKeyId: 'token-id',
    secretAccessKey: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  });
});
