import { createHash } from 'node:crypto';
import { partwiseMd5 } from '../../engine/partwise-md5.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

test('the MD5 of parts in their order is that of the whole, whatever was read in vain between them', () => {
  const whole = partwiseMd5();
  const [failed, first] = [whole.readPart(), whole.readPart()];
  failed.update(Buffer.from('what came wr'));
  first.update(Buffer.from('first, '));
  first.keep();
  expect(whole.value()).toBe(md5('first, '));
  whole.readPart().update(Buffer.from('read in vain'));
  const second = whole.readPart();
  second.update(Buffer.from('sec'));
  second.update(Buffer.from('ond'));
  second.keep();
  expect(whole.value()).toBe(md5('first, second'));
});

test('of nothing it is that of nothing', () => {
  expect(partwiseMd5().value()).toBe(md5(''));
});
