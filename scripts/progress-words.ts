import type { Progress } from '../engine/progress.ts';
import { formatBytes, formatCount } from './output.ts';

/** One line on how far a run is: objects, bytes, rates, failures and, once all is listed, how long it will take. Pure. */
export function progressInWords(title: string, now: Progress, seconds: number): string {
  const { listed, objectsFound, objectsDone, bytesFound, bytesDone, failures } = now;
  const of = (total: string) => (listed ? ` of ${total}` : '');
  const perSecond = (amount: number) => amount / Math.max(seconds, 0.001);
  const parts = [
    `${formatCount(objectsDone)}${of(formatCount(objectsFound))} objects`,
    `${formatBytes(bytesDone)}${of(formatBytes(bytesFound))}`,
    ...(seconds < 1
      ? []
      : [`${formatCount(Math.round(perSecond(objectsDone)))}/s, ${formatBytes(Math.round(perSecond(bytesDone)))}/s`]),
    ...(failures > 0 ? [`${formatCount(failures)} FAILED`] : []),
    ...(now.phase === 'deleting' ? ['deleting'] : remaining(now, seconds)),
  ];
  return `${title}: ${parts.join(', ')}`;
}

/** The slower of objects and bytes tells: many small ones take their time too. */
export function fractionDone({ objectsFound, objectsDone, bytesFound, bytesDone }: Progress): number {
  const objects = objectsFound === 0 ? 1 : objectsDone / objectsFound;
  const bytes = bytesFound === 0 ? 1 : bytesDone / bytesFound;
  return Math.min(1, objects, bytes);
}

function remaining(now: Progress, seconds: number): string[] {
  const done = fractionDone(now);
  if (!now.listed || done === 0 || done === 1 || seconds < 1) return [];
  return [`about ${durationInWords((seconds / done) * (1 - done))} left`];
}

function durationInWords(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** Calls `draw` at most once in `intervalMs`: progress is heard of thousands of times a second. */
export function throttled<Value>(draw: (value: Value) => void, intervalMs = 100): (value: Value) => void {
  let drawnAt = -Infinity;
  return (value) => {
    const now = performance.now();
    if (now - drawnAt < intervalMs) return;
    drawnAt = now;
    draw(value);
  };
}
