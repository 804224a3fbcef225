import { z } from 'zod';
import { githubSubjectPattern, principalPattern } from '../role-trust.ts';
import { choiceField, type RefusedKeys, section, textField } from './field.ts';
import { Mistake, show } from './mistake.ts';

/** The keys of an AWS credential that say who is behind it: a user with keys, or a role and who may become it. */

const principalField = textField('the ARN of a user or role, such as arn:aws:iam::123456789012:role/deploy', (arn) => {
  if (principalPattern.test(arn)) return undefined;
  const everybody = arn === '*' || /:root$|^\d{12}$/.test(arn);
  return new Mistake(
    `${show(arn)} is ${everybody ? 'a whole account, or everybody' : 'not the ARN of an IAM user or role'}`,
    'write one user or role, such as arn:aws:iam::123456789012:role/deploy, without wildcards',
  );
});

const githubSubjectField = textField('a job, such as repo:acme/media:environment:production', (subject) =>
  githubSubjectPattern.test(subject)
    ? undefined
    : new Mistake(
        `${show(subject)} is not one branch, tag or environment of one repository`,
        'write repo:OWNER/REPOSITORY:environment:NAME, or ..:ref:refs/heads/BRANCH, without wildcards',
      ),
);

export const identityFields = {
  identity: choiceField(['user', 'role', 'github-oidc']).default('user'),
  trust: section({
    principals: z.array(principalField).default([]),
    githubSubjects: z.array(githubSubjectField).default([]),
  }).optional(),
};

const onAwsOnly = { what: 'has no place here', fix: 'remove it; only a location on aws can have a role' };

/** What stands in place of `identityFields` where there are no roles. */
export const noIdentity: RefusedKeys = { identity: onAwsOnly, trust: onAwsOnly };
