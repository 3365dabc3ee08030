/**
 * The work that safety causes, as rows: results to be judged, equity to be measured, positions to be closed, people to be
 * told. Keeps: keys that make repeats harmless.
 */
import type { PositionChange } from '../../domain/position/position.js';
import { SAFETY_EVENT_QUEUE, type SafetyEvent } from '../../domain/safety/safety-event.js';
import type { NewWork } from '../../platform/work/work-queue.js';

/** Served by safety: judges the breakers of accounts whose positions closed. */
export const RESULTS_QUEUE = 'safety.results';

/** Served by safety: judges the platform's breaker, once for many results. */
export const PLATFORM_QUEUE = 'safety.platform';

/** Served by safety: measures the platform's equity, once a minute. */
export const EQUITY_QUEUE = 'safety.equity';

/** Served by trading in the leading process: closes everything in the scope of a switch. */
export const FLATTEN_QUEUE = 'safety.flatten';

export interface ClosedResults {
  readonly lost: readonly number[];
  readonly others: readonly number[];
}

/** A position closes once, so the first one names the batch. */
export function resultsWork(ended: readonly PositionChange[]): NewWork {
  const accounts = (isLoss: boolean) => [
    ...new Set(ended.flatMap(({ after }) => (after.realisedPnl.isNegative === isLoss ? [after.accountId] : []))),
  ];
  const payload: ClosedResults = { lost: accounts(true), others: accounts(false) };
  return { queue: RESULTS_QUEUE, key: `position:${ended[0]?.after.id ?? 0}`, priority: 20, payload: { ...payload } };
}

/** Results within one of these spans are judged together. */
const PLATFORM_SPAN_MS = 1_000;

export function platformWork(now: Date): NewWork {
  const end = (Math.floor(now.getTime() / PLATFORM_SPAN_MS) + 1) * PLATFORM_SPAN_MS;
  return { queue: PLATFORM_QUEUE, key: String(end), priority: 20, availableAt: new Date(end) };
}

export function equityWork(now: Date): NewWork {
  return { queue: EQUITY_QUEUE, key: now.toISOString().slice(0, 16) };
}

export function flattenWork(switchId: number): NewWork {
  return { queue: FLATTEN_QUEUE, key: String(switchId), priority: 1, payload: { switch_id: switchId } };
}

export function safetyEventWork(key: string, event: SafetyEvent): NewWork {
  return { queue: SAFETY_EVENT_QUEUE, key, serialKey: 'safety', payload: { ...event } };
}
