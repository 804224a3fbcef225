import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BucketPlace } from '../../../engine/place.ts';
import { runOperation } from '../../../engine/run.ts';

const keys = Array.from({ length: 200 }, (_, index) => `data/${1000 + index}`);
const hidden = 'data/1150';
const pageKeys = 10;
/** Slow enough for a listing to be divided. */
const latencyMs = 80;

/** Lists `held`, one key only to whoever asks for that very key; counts the requests that begin somewhere of their own. */
function provider(held: readonly string[], secret?: string): { server: Server; divisions: () => number } {
  let divisions = 0;
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://server').searchParams;
    const prefix = query.get('prefix') ?? '';
    if (query.has('start-after')) divisions += 1;
    const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
    const shown = held.filter((key) => key.startsWith(prefix) && key > after && (key !== secret || prefix === secret));
    const rows = shown
      .slice(0, pageKeys)
      .map(
        (key) =>
          `<Contents><Key>${key}</Key><LastModified>2026-11-01T10:00:00.000Z</LastModified><ETag>"0"</ETag><Size>1</Size></Contents>`,
      );
    const isTruncated = shown.length > pageKeys;
    const token = isTruncated ? `<NextContinuationToken>${shown[pageKeys - 1] ?? ''}</NextContinuationToken>` : '';
    const xml = `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${token}${rows.join('')}</ListBucketResult>`;
    setTimeout(() => response.end(xml), latencyMs);
  });
  return { server, divisions: () => divisions };
}

async function placeOf(server: Server): Promise<BucketPlace> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  return { kind: 'bucket', provider: 'aws', endpoint, region: 'eu-west-1', bucket: 'b', prefix: 'data/', credentials };
}

test('L10: what a divided listing of the source passes over is looked up, and not deleted', async () => {
  const source = provider(keys, hidden);
  const destination = provider([...keys, 'data/old']);
  try {
    const deleted: string[] = [];
    const summary = await runOperation({
      operation: 'sync',
      source: await placeOf(source.server),
      destination: await placeOf(destination.server),
      dryRun: true,
      deletesMax: 100,
      deletesMaxPercent: 100,
      onStep({ action, key }) {
        if (action === 'delete') deleted.push(key);
      },
    });
    expect(source.divisions()).toBeGreaterThan(0);
    expect(deleted).toEqual(['old']);
    expect(summary.notes).toContainEqual(expect.stringContaining('"1150"'));
  } finally {
    source.server.close();
    destination.server.close();
  }
});
