/** What the AWS SDK throws of a call that was refused: the provider's code, by the name it has there, and the HTTP status. */
export function refusal(name: string, httpStatusCode: number) {
  return { name, $metadata: { httpStatusCode } };
}
