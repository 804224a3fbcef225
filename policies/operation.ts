/** What a migration does: rclone's copy (never deletes), sync (makes the destination equal) and check (reads both). */
export const operations = ['copy', 'sync', 'verify'] as const;
export type Operation = (typeof operations)[number];

export const sides = ['source', 'destination'] as const;
export type Side = (typeof sides)[number];
