/** What a command ends with; the numbers are part of the command line's contract. */
export const exitCodes = { done: 0, failed: 1, usage: 2, accessCheckFailed: 3, accessWidens: 4 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface UserErrorDetails {
  /** What was found, with the offending value. */
  readonly what: string;
  /** Where it stands: a configuration path, a file, a URL, a flag. */
  readonly where?: string;
  /** What the reader can do about it: a value to write or a command to run. */
  readonly fix?: string;
  /** Exit code of the command that meets it; 2 (bad usage or configuration) unless said. */
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/**
 * A failure that a user or a provider can cause. Commands print it without a stack trace;
 * any other error is our bug and prints one.
 */
export class UserError extends Error {
  readonly what: string;
  readonly where: string | undefined;
  readonly fix: string | undefined;
  readonly exitCode: ExitCode;

  constructor({ what, where, fix, exitCode = exitCodes.usage, cause }: UserErrorDetails) {
    super([where, what, fix].filter((part) => part !== undefined).join(': '), cause === undefined ? {} : { cause });
    this.name = 'UserError';
    this.what = what;
    this.where = where;
    this.fix = fix;
    this.exitCode = exitCode;
  }
}
