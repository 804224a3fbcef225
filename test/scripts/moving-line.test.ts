import { PassThrough } from 'node:stream';
import { eraseToEnd, fitted, startMovingLine } from '../../scripts/moving-line.ts';

/** A terminal that keeps what is written to it. */
function terminal(columns: number) {
  return Object.assign(new PassThrough({ encoding: 'utf8' }), { columns });
}

describe('a line that moves on a terminal', () => {
  test.each([40, 80, 120])('stays within %i columns, and leaves the cursor at its beginning', (columns) => {
    const stream = terminal(columns);
    const line = startMovingLine(stream, `copy ${'x'.repeat(200)}: 1,000 objects, about 30 s left`);
    const drawn = String(stream.read());
    line.end('copied', 'done');
    expect(drawn.endsWith(`${eraseToEnd}\r`)).toBe(true);
    expect(drawn).toMatch(/^. {2}copy x.*….* left/u);
    expect(drawn.replace(`${eraseToEnd}\r`, '').length).toBeLessThan(columns);
  });

  test('on a terminal that tells no width is drawn as on one of 80 columns', () => {
    const stream = terminal(0);
    const line = startMovingLine(stream, 'x'.repeat(200));
    const drawn = String(stream.read());
    line.end('copied', 'done');
    expect(drawn.replace(`${eraseToEnd}\r`, '')).toHaveLength(79);
  });

  test('ends with its last words, uncut, and no colour where the stream has none', () => {
    const stream = terminal(40);
    const line = startMovingLine(stream, 'copy');
    stream.read();
    line.end(`copied ${'x'.repeat(50)}`, 'failed');
    expect(stream.read()).toBe(`${eraseToEnd}■  copied ${'x'.repeat(50)}\n`);
  });

  test.each([
    ['short', 10, 'short'],
    ['copy a to b: 12 objects', 13, 'copy… objects'],
    ['anything', 0, '…'],
  ])('%j in %i columns is %j', (words, columns, expected) => {
    expect(fitted(words, columns)).toBe(expected);
  });
});
