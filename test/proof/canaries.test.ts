import type { S3Call } from '../../engine/s3-request.ts';
import type { FullAnswer } from '../../proof/asking.ts';
import { type Canaries, openCanaries } from '../../proof/canaries.ts';

describe('canaries are removed', () => {
  test('with every version that an answer named, on a versioned bucket, and the marker that the removal makes', async () => {
    const { canaries, sent } = keep(({ method, query }) => {
      if (method === 'PUT') return { status: 200, headers: { 'x-amz-version-id': 'written' } };
      return query === undefined
        ? { status: 204, headers: { 'x-amz-version-id': 'marker', 'x-amz-delete-marker': 'true' } }
        : { status: 204 };
    });
    await canaries.put('media', 'canary');
    expect(await canaries.removeAll()).toEqual([]);
    const versions = sent.filter(({ method }) => method === 'DELETE').map(({ query }) => query?.['versionId']);
    expect(versions.sort()).toEqual(['marker', 'written', undefined]);
  });

  test('when their write was never answered', async () => {
    const { canaries, sent } = keep(({ method }) => ({ status: method === 'PUT' ? 0 : 204 }));
    await expect(canaries.put('media', 'canary')).rejects.toThrow('cannot write a canary: no answer');
    await canaries.removeAll();
    expect(sent.at(-1)).toMatchObject({ method: 'DELETE', key: 'canary' });
  });

  test('patiently, while the endpoint is busy', async () => {
    let busy = 3;
    const { canaries, sent } = keep(({ method }) => ({ status: method === 'DELETE' && busy-- > 0 ? 503 : 200 }));
    await canaries.put('media', 'canary');
    expect(await canaries.removeAll()).toEqual([]);
    expect(sent.filter(({ method }) => method === 'DELETE')).toHaveLength(4);
  });

  test('or named, with the reason', async () => {
    const { canaries } = keep(({ method }) =>
      method === 'DELETE' ? { status: 403, code: 'AccessDenied' } : { status: 200 },
    );
    await canaries.put('media', 'canary');
    canaries.expectBucket('made');
    expect(await canaries.removeAll()).toEqual(['media/canary: 403 AccessDenied', 'made: 403 AccessDenied']);
  });
});

describe('nothing is removed', () => {
  test('that a refused probe did not make', async () => {
    const { canaries, sent } = keep(() => ({ status: 204 }));
    canaries.expectObject('media', 'canary')();
    await canaries.removeAll();
    expect(sent).toEqual([]);
  });

  test('twice: what is gone already counts as removed', async () => {
    const { canaries } = keep(() => ({ status: 404, code: 'NoSuchBucket' }));
    canaries.expectBucket('made');
    expect(await canaries.removeAll()).toEqual([]);
  });
});

function keep(answer: (call: S3Call) => Partial<FullAnswer> & { status: number }): {
  canaries: Canaries;
  sent: S3Call[];
} {
  const sent: S3Call[] = [];
  const canaries = openCanaries({
    provider: 'aws',
    administrator: () => (call) => {
      sent.push(call);
      return Promise.resolve({ headers: {}, body: '', ...answer(call) });
    },
    wait: () => Promise.resolve(),
  });
  return { canaries, sent };
}
