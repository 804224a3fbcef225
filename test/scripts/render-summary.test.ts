import { tally } from '../../engine/summary.ts';
import { renderSummary } from '../../scripts/render-summary.ts';

/** What is printed of a run in which `happened`; its seconds are left out. */
function printed(happened: (counts: ReturnType<typeof tally>) => void, operation: 'copy' | 'sync' = 'copy'): string {
  const counts = tally();
  happened(counts);
  return renderSummary('media', counts.summary(operation)).replace(/ \(\d+\.\d s\)/, '');
}

describe('a summary in words', () => {
  test('a source without objects is told apart from one of which everything is there', () => {
    expect(printed(() => undefined)).toBe('copy media: no objects to copy');
    expect(printed((counts) => counts.skipped())).toBe('copy media: 0 copied (0 B), 1 there already');
  });

  test('a failure of the run itself names no key', () => {
    expect(printed((counts) => counts.failed({ key: '', because: 'source: 404 NoSuchBucket' }))).toBe(
      'copy media: 0 copied (0 B), 1 FAILED\n  failed   source: 404 NoSuchBucket',
    );
    expect(printed((counts) => counts.failed({ key: 'a b', because: 'gone' }))).toContain('  failed   "a b": gone');
  });

  test('an interruption is no failure of an object', () => {
    const summary = printed((counts) => {
      counts.copied(10);
      counts.failed({ key: '', because: 'the run was interrupted', code: 'Interrupted' });
    });
    expect(summary).toBe('copy media: 1 copied (10 B), interrupted\n  stopped  the run was interrupted');
  });

  test.each(['DeletesMax', 'DeletesMaxPercent'])('the limit %s names the flag that sets it', (code) => {
    const summary = printed((counts) => counts.failed({ key: '', because: 'nothing was deleted', code }), 'sync');
    expect(summary).toContain('--max-delete');
  });
});
