import { accessTable } from '../../policies/access-table.ts';
import { parseConfiguration } from '../../policies/configuration.ts';
import { productionValues } from './fixtures/values.ts';

const table = accessTable(parseConfiguration('prod', productionValues()));

describe('the access table', () => {
  test('has a row for each credential, with both generations of a rotation', () => {
    expect(table.credentials.map(({ access, where, abilities }) => [access, where, abilities.join(' ')])).toEqual([
      ['media/source', 's3://media-prod/uploads/', 'list read'],
      ['media/destination', 'r2://media.eu/uploads/', 'list write multipart'],
      ['mirror/source', 'r2://media.eu/uploads/', 'list read'],
      ['mirror/destination', 's3://mirror/', 'list read write delete multipart'],
      ['laptop/destination', 'r2://media.eu/laptop/', 'list write multipart'],
    ]);
    expect(table.credentials[1]).toMatchObject({
      provider: 'r2',
      expiresOn: '2027-01-21',
      generations: [
        { slot: 'b', generation: 2, issuedOn: '2026-11-22', expiresOn: '2027-01-21' },
        { slot: 'a', generation: 1, issuedOn: '2026-08-24', expiresOn: '2026-10-23' },
      ],
    });
  });

  test('says what a provider hands over beyond the grant, and where', () => {
    expect(table.credentials[1]?.excess).toContainEqual({
      ability: 'delete',
      place: 'r2://media.eu/',
      because: 'an R2 token cannot write without delete',
    });
    expect(table.credentials[0]?.excess).toEqual([]);
  });

  test('A2: names each hostname’s audience in order of precedence', () => {
    expect(table.domains).toEqual([
      {
        hostname: 'files.acme.com',
        bucket: 'r2://media.eu/',
        minimumTls: '1.2',
        sessionDuration: '8h',
        policies: [
          { name: 'machines', decision: 'service-auth', include: ['serviceToken reader'], require: [], exclude: [] },
          {
            name: 'staff',
            decision: 'allow',
            include: ['emailDomain acme.com'],
            require: [],
            exclude: ['email mallory@acme.com'],
          },
        ],
        serviceTokens: [
          { name: 'reader', generations: [{ generation: 1, issuedOn: '2026-11-22', expiresOn: '2027-01-21' }] },
        ],
      },
    ]);
  });

  test('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(table))).toEqual(table);
  });
});
