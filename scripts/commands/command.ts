import type { Command } from 'commander';

/** Makes one command; `end` says what the whole ends with (`exitCodes`) when it is not 0 and nothing is thrown. */
export type MakeCommand = (end: (exitCode: number) => void) => Command;
