/** What IAM answers where there is no such thing. */
export const missingEntity = ['NoSuchEntity', 'NoSuchEntityException'];

/** Whether a request failed with one of these error codes of the service. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.includes(codeOf(error));
}

/** Whether IAM answered that there is no such thing. */
export function isMissingEntity(error: unknown): boolean {
  return hasCode(error, ...missingEntity);
}

/** Runs one step of a resource's life; a failure then says what was being done, as the real provider's errors do. */
export async function step<Result>(what: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw Object.assign(new Error(`${what}: ${codeOf(error)}: ${error.message}`, { cause: error }), {
      name: error.name,
    });
  }
}

/** What `act` answers, or undefined when the service says that there is no such thing. */
export async function unlessMissing<Result>(
  codes: readonly string[],
  act: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await act();
  } catch (error) {
    if (hasCode(error, ...codes)) return undefined;
    throw error;
  }
}

/** The SDK puts a service's code into `name`, and on errors that its model does not know also into `Code`. */
function codeOf(error: Error): string {
  return 'Code' in error && typeof error.Code === 'string' ? error.Code : error.name;
}
