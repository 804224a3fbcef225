/** A policy that lets its holder read the objects of `resource`. */
export function policyFor(resource: string): string {
  return documentOf({ Effect: 'Allow', Action: ['s3:GetObject'], Resource: resource });
}

/** A trust policy that lets those principals take the role. */
export function trusting(...principals: readonly string[]): string {
  return documentOf({ Effect: 'Allow', Principal: { AWS: principals }, Action: 'sts:AssumeRole' });
}

function documentOf(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}
