import { iamDocuments } from '../iam-documents.ts';
import type { ResourceRule } from '../rule.ts';

export const unreadablePolicy: ResourceRule = {
  kind: 'resource',
  name: 'unreadable-policy',
  title: 'An IAM policy is one that the evaluator can decide with',
  level: 'mandatory',
  requirements: ['S4'],
  why: 'what cannot be read cannot be checked, and IAM ignores in silence much of what it does not know.',
  fix: 'run `sluice access audit` on the document: it says what is wrong, and what to write instead.',
  *check(resource) {
    for (const document of iamDocuments(resource)) {
      if (!('unreadable' in document)) continue;
      yield { what: `${document.place} cannot be read at ${document.unreadable}` };
    }
  },
};
