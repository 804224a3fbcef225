import { getBorderCharacters, table } from 'table';

/** Rows of text with their columns aligned, without borders. */
export function alignedColumns(rows: readonly (readonly string[])[]): string {
  const text = table(
    rows.map((row) => [...row]),
    {
      border: getBorderCharacters('void'),
      columnDefault: { paddingLeft: 0, paddingRight: 2 },
      drawHorizontalLine: () => false,
    },
  );
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();
}
