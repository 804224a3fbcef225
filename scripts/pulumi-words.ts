/** Pulumi's subcommands that name their stack as a plain word: `stack init prod`. */
const namedByWord = ['init', 'rm', 'select'];

/**
 * The stack that a Pulumi command line is about: its `--stack` or `-s`, the name in `stack init NAME`, `stack rm NAME` and
 * `stack select NAME`, else `dev`. A full name (`organization/project/stack`) counts by its last part.
 */
export function stackOfPulumiWords(words: readonly string[]): string {
  const named = flagged(words) ?? positional(words) ?? 'dev';
  return named.slice(named.lastIndexOf('/') + 1);
}

function flagged(words: readonly string[]): string | undefined {
  const joined = words.map((word) => /^(?:--stack|-s)=(.+)$/.exec(word)?.[1]).find((name) => name !== undefined);
  if (joined !== undefined) return joined;
  const index = words.findIndex((word) => word === '--stack' || word === '-s');
  return index === -1 ? undefined : words[index + 1];
}

function positional(words: readonly string[]): string | undefined {
  const [command, subcommand, name] = words.filter((word) => !word.startsWith('-'));
  return command === 'stack' && subcommand !== undefined && namedByWord.includes(subcommand) ? name : undefined;
}
