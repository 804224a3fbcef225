/** What a policy says of a request, and why: the statement, group or rule that decided. */
export interface Decision {
  readonly verdict: 'allowed' | 'implicitly-denied' | 'explicitly-denied';
  /** For people: `statement "List"`, `no statement allows s3:PutObject on ..`. */
  readonly because: string;
}
