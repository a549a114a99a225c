const STEPS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A size for people, in powers of 1000 as hubs and file managers show it: `812 B`, `9.4 MB`, `218 MB`, `22.3 GB`. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let step = 0;
  while (step < STEPS.length - 1 && value >= 999.5) {
    value /= 1000;
    step++;
  }
  const decimals = step > 0 && (step >= 3 || value < 9.95) ? 1 : 0;
  return `${value.toFixed(decimals)} ${STEPS[step] ?? 'B'}`;
}

/** A time for people: `48 s`, `3 min 20 s`, `2 h 05 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}

/** Local time with its offset, to the second: `2026-11-23T14:30:00+01:00`. */
export const formatTimestamp = oncePerSecond((date) => {
  const minutes = -date.getTimezoneOffset();
  const offset = `${minutes < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`;
  return `${formatLocalDate(date)}T${formatLocalTime(date)}${offset}`;
});

/** Local calendar date and time of day, `2026-11-23 14:30:00`. */
export const formatLocalMoment = oncePerSecond((date) => `${formatLocalDate(date)} ${formatLocalTime(date)}`);

/** Local calendar date, `2026-11-23`. */
export function formatLocalDate(date: Date): string {
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** Local time of day, `14:30:00`. */
export function formatLocalTime(date: Date): string {
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** A log has thousands of lines in one second, and asking for the local time of each was a quarter of what they cost. */
function oncePerSecond(format: (date: Date) => string): (date: Date) => string {
  let [last, text] = [NaN, ''];
  return (date) => {
    const second = Math.floor(date.getTime() / 1000);
    if (second !== last) [last, text] = [second, format(date)];
    return text;
  };
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
