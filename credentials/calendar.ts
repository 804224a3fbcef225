const dayMs = 86_400_000;

/** `date` (`YYYY-MM-DD`, UTC) moved by `days`, across months and leap days. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}
