/**
 * What people are told about safety, as work that broadcasting serves.
 * Keeps: one row for each change, written in the transaction of the change, so nothing is announced that did not happen.
 */

/** Served by broadcast. */
export const SAFETY_EVENT_QUEUE = 'safety.event';

export type SafetyEvent =
  | {
      readonly kind: 'switch_set' | 'switch_cleared' | 'switch_expired';
      readonly switch_id: number;
      readonly scope: string;
      readonly value: string;
      readonly mode: string;
      readonly reason: string;
      readonly until: string | null;
    }
  | { readonly kind: 'flatten_done'; readonly switch_id: number; readonly found: number; readonly closed: number }
  | {
      readonly kind: 'breaker';
      readonly scope: string;
      /** How many breakers moved at once. */
      readonly count: number;
      readonly state: string;
      readonly reason: string | null;
      readonly until: string | null;
    };
