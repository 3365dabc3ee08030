/**
 * How old an alert may be: the time that it carries against the lag that is allowed.
 * Keeps: pure; a time without a zone is one of UTC; the time of a bar is its beginning, so the bar’s length is allowed on
 * top, and without a known length it says nothing.
 */
import type { Alert } from './alert.js';

/** Milliseconds; undefined for what is no time. Unix times in seconds and milliseconds are times too. */
export function timeOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d{10}$/.test(trimmed)) return Number.parseInt(trimmed, 10) * 1_000;
  if (/^\d{13}$/.test(trimmed)) return Number.parseInt(trimmed, 10);
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/.exec(trimmed);
  if (match === null) return undefined;
  const [, day = '', minutes = '00:00', seconds = ':00', zone = 'Z'] = match;
  const value = Date.parse(`${day}T${minutes}${seconds.slice(0, 7)}${zone}`);
  return Number.isNaN(value) ? undefined : value;
}

const UNITS: Readonly<Record<string, number>> = { S: 1_000, M: 60_000, H: 3_600_000, D: 86_400_000, W: 604_800_000 };

/** Milliseconds of a bar: `5`, `60`, `1D`, `4h`, `15m`, `30S`; undefined for what is none. */
export function barOf(interval: string): number | undefined {
  const match = /^(\d{0,4})([A-Za-z]{0,3})$/.exec(interval.trim());
  if (match === null || interval.trim() === '') return undefined;
  const count = match[1] === '' || match[1] === undefined ? 1 : Number.parseInt(match[1], 10);
  const unit = match[2] ?? '';
  if (unit === '') return count * 60_000;
  // TradingView’s capital M alone is a month; `15M` is how bots write minutes.
  if (unit === 'M' && (match[1] === '' || count <= 1)) return 31 * 86_400_000;
  const ms = UNITS[unit.charAt(0).toUpperCase()];
  return ms === undefined ? undefined : count * ms;
}

/** `maxLagSeconds`: the source’s own, where the alert brings none; null for no limit. */
export function isStale(alert: Alert, receivedAt: Date, maxLagSeconds: number | null): boolean {
  const lag = alert.maxLag ?? maxLagSeconds;
  const time = alert.time === null ? undefined : timeOf(alert.time);
  if (lag === null || time === undefined) return false;
  const bar = alert.isSendTime ? 0 : alert.interval === null ? undefined : barOf(alert.interval);
  return bar !== undefined && receivedAt.getTime() - time > lag * 1_000 + 2 * bar;
}
