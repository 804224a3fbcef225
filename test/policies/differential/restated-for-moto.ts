import { document, type GeneratedCase, type GeneratedStatement, userName } from './generated-case.ts';
import type { MotoQuestion } from './moto.ts';

/**
 * The same case in the part of the language that moto speaks, so that its decision on it counts. moto takes a pattern for a regular
 * expression in which only `*` was replaced, and knows neither conditions nor NotResource:
 *
 *     condition that holds   left out               | `?`          `.`, one character of a regular expression
 *     condition that fails   the statement left out | `.`, `+`, .. escaped
 *     action, any case       lower case             | NotResource  Resource with a negative look-ahead
 *     `${aws:username}`      the user's name        |
 */
export function restatedForMoto({ policies, action, resource }: GeneratedCase): MotoQuestion {
  return {
    policies: policies.map((statements) =>
      document(statements.filter(({ condition }) => condition?.holds !== false).map(restated)),
    ),
    action: action.toLowerCase(),
    resource,
  };
}

function restated({ effect, actionElement, actions, resourceElement, resources }: GeneratedStatement): object {
  const patterns = resources.map((pattern) => regular(pattern.replace('${aws:username}', userName)));
  return {
    Effect: effect,
    [actionElement]: actions.map((pattern) => regular(pattern.toLowerCase())),
    Resource: resourceElement === 'Resource' ? patterns : [`(?!(${patterns.join('|')})$)*`],
  };
}

/** `*` stays: moto makes `.*` of it. */
function regular(pattern: string): string {
  return pattern.replace(/[.+()[\]{}|^$\\]/g, '\\$&').replaceAll('?', '.');
}
