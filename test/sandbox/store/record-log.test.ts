import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecordLog } from '../../../sandbox/store/record-log.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-log-'));
  path = join(directory, 'records.log');
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(...records: object[]): void {
  const log = openRecordLog(path, () => undefined);
  records.forEach((record) => log.append(record));
  log.close();
}

function read(): unknown[] {
  const records: unknown[] = [];
  openRecordLog(path, (record) => records.push(record)).close();
  return records;
}

describe('a record log', () => {
  test('gives back its records in order, over several openings', () => {
    write({ key: 'a😀' }, { key: 'b'.repeat(3_000_000) });
    write({ key: 'c' });
    expect(read()).toEqual([{ key: 'a😀' }, { key: 'b'.repeat(3_000_000) }, { key: 'c' }]);
  });

  test('cuts off a record that a kill left unfinished, wherever it was cut', () => {
    write({ key: 'whole' });
    const whole = readFileSync(path);
    write({ key: 'torn' });
    const both = readFileSync(path);
    for (let length = whole.length; length < both.length; length += 1) {
      writeFileSync(path, both.subarray(0, length));
      expect(read()).toEqual([{ key: 'whole' }]);
      expect(readFileSync(path)).toEqual(whole);
    }
  });

  test('cuts off a tail that is no record, and goes on behind the last that is', () => {
    write({ key: 'whole' });
    appendFileSync(path, Buffer.alloc(100, 0x5a));
    write({ key: 'next' });
    expect(read()).toEqual([{ key: 'whole' }, { key: 'next' }]);
  });
});
