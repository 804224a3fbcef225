import { z } from 'zod';
import { field, planned, section } from './field.ts';
import { Mistake, show } from './mistake.ts';
import { nearest } from './nearest.ts';
import { emailField, hostnameField, nameField } from './value-fields.ts';

/** Whom an Access policy speaks of: an object with exactly one of these keys. */
const selectorSchema = section(
  { email: emailField.optional(), emailDomain: hostnameField.optional(), serviceToken: nameField.optional() },
  {
    ...planned('group', 'identityProvider', 'country', 'ipRange'),
    everyone: {
      what: 'would admit the whole internet',
      fix: 'name people, e-mail domains or service tokens; a public bucket needs no Access',
    },
  },
).superRefine((selector, context) => {
  const kinds = Object.keys(selector);
  // A key that the section refused has been reported already.
  if (kinds.length === 1 || context.issues.length > 0) return;
  const found = kinds.length === 0 ? '{} selects nobody' : `${show(selector)} has ${kinds.length} selectors`;
  const mistake = new Mistake(found, 'write one selector an entry, such as { emailDomain: example.com }');
  context.addIssue({ code: 'custom', message: mistake.what, params: { mistake } });
});

const decisions = ['allow', 'deny', 'service-auth'] as const;

const decisionField = field<(typeof decisions)[number]>(`one of ${decisions.join(', ')}`, (value) => {
  const decision = decisions.find((candidate) => candidate === value);
  if (decision) return decision;
  if (value === 'bypass') {
    return new Mistake('"bypass" would serve the bucket to anyone', `write one of ${decisions.join(', ')}`);
  }
  const meant = typeof value === 'string' ? nearest(value, decisions) : undefined;
  const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`;
  return new Mistake(`${show(value)} is unknown${hint}`, `write one of ${decisions.join(', ')}`);
});

export const accessPolicySchema = section({
  name: nameField,
  decision: decisionField,
  include: z.array(selectorSchema),
  require: z.array(selectorSchema).default([]),
  exclude: z.array(selectorSchema).default([]),
});
