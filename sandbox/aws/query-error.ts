/** HTTP statuses of the errors that the IAM and STS API references list ("Errors" of each action, "Common errors"). */
const statuses = {
  AccessDenied: 403,
  DeleteConflict: 409,
  EntityAlreadyExists: 409,
  ExpiredToken: 403,
  /** AssumeRoleWithWebIdentity's own, of the web identity token. */
  ExpiredTokenException: 400,
  IncompleteSignature: 400,
  InvalidAction: 400,
  InvalidAuthorizationMessageException: 400,
  IDPRejectedClaim: 403,
  InvalidClientTokenId: 403,
  InvalidIdentityToken: 400,
  InvalidInput: 400,
  LimitExceeded: 409,
  MalformedPolicyDocument: 400,
  MalformedQueryString: 404,
  MissingAuthenticationToken: 403,
  NoSuchEntity: 404,
  PackedPolicyTooLarge: 400,
  ReportNotPresent: 410,
  UnmodifiableEntity: 400,
  ServiceFailure: 500,
  SignatureDoesNotMatch: 403,
  ValidationError: 400,
} as const;

export type QueryErrorCode = keyof typeof statuses;

/** A refusal in IAM's or STS's own words; what throws it has changed nothing. */
export class QueryError extends Error {
  readonly code: QueryErrorCode;
  readonly status: number;

  constructor(code: QueryErrorCode, message: string) {
    super(message);
    this.name = 'QueryError';
    this.code = code;
    this.status = statuses[code];
  }
}
