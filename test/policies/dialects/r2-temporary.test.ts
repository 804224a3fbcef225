import fc from 'fast-check';
import type { Ability } from '../../../policies/ability.ts';
import { r2TemporaryDialect } from '../../../policies/dialects/r2-temporary.ts';
import { r2TokenDialect } from '../../../policies/dialects/r2-token.ts';
import { neededAbilities } from '../../../policies/migration-grants.ts';
import { operations, sides } from '../../../policies/operation.ts';
import { probeGrid } from '../../../policies/probe-grid.ts';
import { probeRequest } from '../../../policies/probe-request.ts';
import { objectOperations, type StorageOperation, type StorageRequest } from '../../../policies/storage-request.ts';
import { anyKey, anyR2Grant, awsLocation, grantable, grantOn, r2Location } from '../fixtures/grants.ts';

const copy = grantOn(r2Location, neededAbilities('copy', 'destination'));
const decide = (request: StorageRequest, grant = copy) =>
  r2TemporaryDialect.decide(r2TemporaryDialect.render(grant), request).verdict;
const onObject = (operation: StorageOperation, key = 'uploads/x'): StorageRequest => ({
  operation,
  bucket: 'media',
  key,
  secure: true,
});

describe('R6: temporary credentials say what R2 tokens cannot', () => {
  test('a copy writes under its prefix, and neither reads nor deletes', () => {
    expect(r2TemporaryDialect.render(copy)).toEqual({
      bucket: 'media',
      scope: 'object-read-write',
      actions: [
        'ListObjectsV1',
        'ListObjectsV2',
        'PutObject',
        'CreateMultipartUpload',
        'UploadPart',
        'CompleteMultipartUpload',
        'AbortMultipartUpload',
        'ListMultipartUploads',
        'ListParts',
      ],
      paths: { prefixPaths: ['uploads/'] },
    });
    expect(decide(onObject('PutObject'))).toBe('allowed');
    expect(decide(onObject('DeleteObject'))).toBe('implicitly-denied');
    expect(decide(onObject('GetObject'))).toBe('implicitly-denied');
    expect(decide(onObject('PutObject', 'uploads-secret/x'))).toBe('implicitly-denied');
    expect(decide({ ...onObject('PutObject'), bucket: 'archive' })).toBe('implicitly-denied');
  });

  test('a source reads only, and the whole bucket has no paths', () => {
    const source = grantOn({ ...r2Location, prefix: '' }, neededAbilities('copy', 'source'));
    expect(r2TemporaryDialect.render(source)).toMatchObject({ scope: 'object-read-only' });
    expect(r2TemporaryDialect.render(source)).not.toHaveProperty('paths');
    expect(decide(onObject('GetObject', 'anything'), source)).toBe('allowed');
    expect(decide(onObject('PutObject', 'anything'), source)).toBe('implicitly-denied');
  });

  test('a listing must ask for the prefix', () => {
    const listing = (prefix?: string): StorageRequest => ({
      operation: 'ListObjectsV2',
      bucket: 'media',
      secure: true,
      ...(prefix !== undefined && { prefix }),
    });
    expect(decide(listing('uploads/a/'))).toBe('allowed');
    expect(decide(listing('uploads'))).toBe('implicitly-denied');
    expect(decide(listing(''))).toBe('implicitly-denied');
    expect(decide(listing())).toBe('implicitly-denied');
  });

  test('the probe grid holds, without excess', () => {
    for (const operation of operations) {
      for (const side of sides) {
        const grant = grantOn(r2Location, neededAbilities(operation, side));
        expect(r2TemporaryDialect.excess(grant)).toEqual([]);
        const wrong = probeGrid(grant).filter((probe) => {
          const wanted = probe.expect === 'allowed' && probe.excess === undefined;
          const request = probeRequest(probe, grant, { canary: 'c0ffee', otherBucket: 'sluice-decoy' });
          return (decide(request, grant) === 'allowed') !== wanted;
        });
        expect(wrong.map(({ id }) => id)).toEqual([]);
      }
    }
  });

  test('never allow more than their parent token', () => {
    fc.assert(
      fc.property(anyR2Grant, fc.constantFrom(...objectOperations), anyKey, (grant, operation, rest) => {
        const request = onObject(operation, `${grant.location.prefix}${rest}`);
        fc.pre(decide(request, grant) === 'allowed');
        expect(r2TokenDialect.decide(r2TokenDialect.render(grant), request).verdict).toBe('allowed');
      }),
    );
  });

  test('each ability more or less changes the credential', () => {
    for (const ability of grantable) {
      const others = grantable.filter((other) => other !== ability);
      expect(r2TemporaryDialect.render(grantOn(r2Location, others)).actions).not.toEqual(
        r2TemporaryDialect.render(grantOn(r2Location, grantable)).actions,
      );
    }
  });

  test('what R2 cannot say is our bug', () => {
    expect(() => r2TemporaryDialect.render(grantOn(awsLocation, ['list']))).toThrow(/on R2/);
    expect(() => r2TemporaryDialect.render(grantOn(r2Location, ['tag'] satisfies Ability[]))).toThrow(
      /another ability/,
    );
    expect(() => r2TemporaryDialect.render({ ...copy, options: { appendOnly: true } })).toThrow(/options/);
  });
});
