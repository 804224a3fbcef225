import { decideDeletes, type DeleteCircumstances, type DeleteRefusal } from '../../engine/deletes.ts';

const fine: DeleteCircumstances = {
  deletes: 10,
  sourceObjects: 90,
  destinationObjects: 100,
  failures: 0,
  deletesMax: 10,
  deletesMaxPercent: 10,
};

describe('deletes are allowed where', () => {
  test.each<[string, Partial<DeleteCircumstances>]>([
    ['they are exactly at both limits', {}],
    ['there are none, whatever failed', { deletes: 0, failures: 3, sourceObjects: 0 }],
    ['all of the destination may go', { deletes: 100, deletesMax: 100, deletesMaxPercent: 100 }],
  ])('%s', (_, changes) => {
    expect(decideDeletes({ ...fine, ...changes })).toEqual({ allowed: true });
  });
});

describe('deletes are refused where', () => {
  test.each<[string, Partial<DeleteCircumstances>, DeleteRefusal]>([
    ['anything failed before', { failures: 1 }, 'EarlierFailures'],
    ['the source is empty', { sourceObjects: 0 }, 'SourceEmpty'],
    ['they are one more than deletesMax', { deletes: 11, deletesMaxPercent: 100 }, 'DeletesMax'],
    ['they are a little more than deletesMaxPercent', { destinationObjects: 99 }, 'DeletesMaxPercent'],
    ['none are allowed', { deletes: 1, deletesMax: 0 }, 'DeletesMax'],
    ['no share is allowed', { deletes: 1, deletesMaxPercent: 0 }, 'DeletesMaxPercent'],
  ])('%s', (_, changes, code) => {
    expect(decideDeletes({ ...fine, ...changes })).toMatchObject({ allowed: false, code });
  });

  test('and the reason gives both numbers', () => {
    expect(decideDeletes({ ...fine, deletes: 11 })).toMatchObject({
      because: 'nothing was deleted: 11 objects are only at the destination, more than deletesMax (10)',
    });
  });
});
