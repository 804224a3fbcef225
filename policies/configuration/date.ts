import { Mistake, show } from './mistake.ts';
import { field } from './field.ts';

const day = /^\d{4}-\d{2}-\d{2}$/;

/** How an unquoted YAML date reaches a program: through Pulumi as Go prints it, elsewhere as ISO 8601. */
const unquoted = /^(\d{4}-\d{2}-\d{2})(?: \d{2}:\d{2}:\d{2}(?:\.\d+)? [+-]\d{4}.*|T\d{2}:\d{2}:\d{2}.*)$/;

/** A calendar day, UTC, as text: a YAML date without quotes is no text, and Pulumi rewrites it. */
export const dateField = field<string>('a day in quotes, such as "2026-11-22"', (value) => {
  if (typeof value === 'string' && day.test(value)) {
    return isCalendarDay(value)
      ? value
      : new Mistake(`${show(value)} is no day of the calendar`, 'write one that exists');
  }
  const rewritten = unquoted.exec(value instanceof Date ? value.toISOString() : String(value))?.[1];
  const example = rewritten ?? '2026-11-22';
  const what = rewritten === undefined ? 'is not a day' : 'is a date without quotes, which Pulumi rewrites';
  return new Mistake(`${show(value)} ${what}`, `write it in quotes: "${example}"`);
});

/** `2026-11-22` plus 90 is `2027-02-20`. */
export function addDays(date: string, days: number): string {
  const result = new Date(`${date}T00:00:00Z`);
  result.setUTCDate(result.getUTCDate() + days);
  return result.toISOString().slice(0, 10);
}

/** Days from one day to another; negative when `to` is earlier. */
export function daysBetween({ from, to }: { readonly from: string; readonly to: string }): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

function isCalendarDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
