/** What an action does (AWS Service Authorization Reference, "Access level"). */
export type AccessLevel = 'List' | 'Read' | 'Write' | 'Tagging' | 'Permissions management';

/** The actions of one service, in the words of the Service Authorization Reference. */
export interface ActionTable {
  /** Types of resources, each with the form of its ARN. */
  readonly resources: Readonly<Record<string, string>>;
  /** Sets of condition keys beside the global ones; many actions share one. */
  readonly keySets: readonly (readonly string[])[];
  /** By name: access level, types of resources (none: the action knows only `*`), and position of its set of keys. */
  readonly actions: Readonly<
    Record<string, readonly [level: AccessLevel, resourceTypes: readonly string[], keySet: number]>
  >;
}
