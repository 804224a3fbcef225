import { parse } from 'yaml';
import { UserError } from '../../base/user-error.ts';
import { credentialPlaces, parseYamlFile, setGenerations, stampIssuedOn } from '../../toolchain/stack-file.ts';

const stackFile = `config:
  # Credentials never stand here.
  sluice:environment: prod   # not the sandbox
  sluice:migrations:
    - name: media
      operation: copy
      source: { provider: aws, bucket: media-prod, prefix: uploads/ }
      destination:
        provider: r2
        bucket: media
        prefix: uploads/   # with its slash
        credential:
          ttlDays: 30   # a month
          current: { generation: 1, issuedOn: "2026-08-24" }
          deliverTo: [ci]
    - name: laptop
      operation: copy
      source: { provider: file, path: ./exports }
      destination: { provider: aws, bucket: archive, prefix: "", credential: { identity: role } }
  sluice:domains:
    - hostname: files.example.test
      serviceTokens:
        - name: reader
`;

interface Parsed {
  config: {
    'sluice:migrations': { source: { credential?: unknown }; destination: { credential?: unknown } }[];
    'sluice:domains': { serviceTokens: { credential?: unknown }[] }[];
  };
}
const read = (text: string) => (parse(text) as Parsed).config;

test('the credentials of a stack file are both sides of its migrations and the service tokens, but no directory and no role', () => {
  expect(credentialPlaces(parseYamlFile(stackFile, 'Pulumi.prod.yaml'))).toEqual([
    { path: 'migrations[0].source.credential', name: 'migration media source' },
    { path: 'migrations[0].destination.credential', name: 'migration media destination' },
    { path: 'domains[0].serviceTokens[0].credential', name: 'domain files.example.test service token reader' },
  ]);
});

test('S2: the source of a server-side copy has no credential of its own: no date is written there', () => {
  const serverSide = stackFile.replace('operation: copy\n', 'operation: copy\n      options: { serverSide: true }\n');
  expect(credentialPlaces(parseYamlFile(serverSide, 'Pulumi.prod.yaml')).map(({ path }) => path)).toEqual([
    'migrations[0].destination.credential',
    'domains[0].serviceTokens[0].credential',
  ]);
});

describe('R8: a rotation written into a stack file', () => {
  const rotated = setGenerations(stackFile, 'migrations[0].destination.credential', {
    current: { generation: 2, issuedOn: '2026-11-22' },
    previous: { generation: 1, issuedOn: '2026-08-24', state: 'enabled' },
  });

  test('puts the new generation beside the old one and leaves the other keys of the credential', () => {
    expect(read(rotated)['sluice:migrations'][0]?.destination.credential).toEqual({
      ttlDays: 30,
      current: { generation: 2, issuedOn: '2026-11-22' },
      deliverTo: ['ci'],
      previous: { generation: 1, issuedOn: '2026-08-24', state: 'enabled' },
    });
  });

  test('writes dates in quotes, since Pulumi reads an unquoted one as a time stamp', () => {
    expect(rotated).toContain('current: { generation: 2, issuedOn: "2026-11-22" }');
    expect(rotated).toContain('previous: { generation: 1, issuedOn: "2026-08-24", state: enabled }');
  });

  test('keeps every comment and every other line', () => {
    for (const comment of ['# Credentials never stand here.', '# not the sandbox', '# with its slash', '# a month']) {
      expect(rotated).toContain(comment);
    }
    expect(rotated).toContain('source: { provider: aws, bucket: media-prod, prefix: uploads/ }');
  });

  test('ends with the old generation gone', () => {
    const ended = setGenerations(rotated, 'migrations[0].destination.credential', {
      current: { generation: 2, issuedOn: '2026-11-22' },
    });
    expect(ended).not.toContain('previous');
  });

  test('works where the file has no credential yet, in one line as the location is', () => {
    const written = setGenerations(stackFile, 'migrations[0].source.credential', {
      current: { generation: 3, issuedOn: '2026-11-22' },
    });
    expect(written).toContain(
      'source: { provider: aws, bucket: media-prod, prefix: uploads/, credential: { current: { generation: 3, issuedOn: "2026-11-22" } } }',
    );
  });

  test('works for a service token', () => {
    const written = setGenerations(stackFile, 'domains[0].serviceTokens[0].credential', {
      current: { generation: 2, issuedOn: '2026-11-22' },
    });
    expect(read(written)['sluice:domains'][0]?.serviceTokens[0]?.credential).toEqual({
      current: { generation: 2, issuedOn: '2026-11-22' },
    });
  });

  test.each(['migrations[1].source.credential', 'migrations[7].source.credential', 'buckets[0].credential', ''])(
    'is refused at %j, which holds no credential with generations',
    (path) => {
      expect(() => setGenerations(stackFile, path, { current: { generation: 2 } }, 'Pulumi.prod.yaml')).toThrow(
        UserError,
      );
    },
  );
});

describe('the first date', () => {
  test('is written where none stands, and only there', () => {
    const { text, stamped } = stampIssuedOn(stackFile, '2026-11-22');
    expect(stamped.map(({ path }) => path)).toEqual([
      'migrations[0].source.credential',
      'domains[0].serviceTokens[0].credential',
    ]);
    expect(read(text)['sluice:migrations'][0]?.source.credential).toEqual({
      current: { generation: 1, issuedOn: '2026-11-22' },
    });
    expect(text).toContain('current: { generation: 1, issuedOn: "2026-08-24" }');
  });

  test('changes nothing the second time, not even the layout', () => {
    const { text } = stampIssuedOn(stackFile, '2026-11-22');
    expect(stampIssuedOn(text, '2027-01-01')).toEqual({ text, stamped: [] });
  });
});

test('a file that is no YAML is a user error that names the file', () => {
  expect(() => stampIssuedOn('config: [', '2026-11-22', 'Pulumi.prod.yaml')).toThrow(/Pulumi\.prod\.yaml: not YAML/);
});
