/** What a credential can do to a place. The order is that of the access table's columns. */
export const abilities = ['list', 'read', 'write', 'delete', 'multipart', 'tag', 'version', 'admin'] as const;

/** `multipart`: see and abort unfinished uploads. `admin`: change buckets or who may reach them; no grant ever holds it. */
export type Ability = (typeof abilities)[number];
