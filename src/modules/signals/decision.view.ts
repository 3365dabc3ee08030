/**
 * What a decision says to whom: its receipt is derived here from what was stored.
 * Keeps: followers and administrators read every gate with its figures; providers, who are no party to a follower's
 * account, read of others which gates refused and nothing else.
 */
import type { SharedFacts } from '../../domain/risk/facts.js';
import type { GateResult } from '../../domain/risk/gate.js';
import { receiptOf } from '../../domain/risk/gates.js';
import type { UserCaller } from '../../platform/http/caller.js';
import type { DecisionRow } from './signals.repository.js';

export interface DecisionView {
  readonly user_id: number;
  readonly verdict: 'OPENED' | 'REFUSED';
  readonly reason: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly position_id: number | null;
  readonly created_at: Date;
  readonly rules_version: number | null;
  /** Null where nothing could be decided, or by rules that this program does not know. */
  readonly gates: readonly (GateResult | Pick<GateResult, 'name' | 'code' | 'verdict'>)[] | null;
}

export function decisionView(row: DecisionRow, reader: UserCaller): DecisionView {
  const gates = gatesOf(row);
  const isOpen = reader.role === 'admin' || reader.userId === row.user_id;
  return {
    user_id: row.user_id,
    verdict: row.verdict,
    reason: row.reason,
    detail: isOpen ? row.detail : {},
    position_id: row.position_id,
    created_at: row.created_at,
    rules_version: row.rules_version,
    gates: isOpen ? gates : (gates?.map(({ name, code, verdict }) => ({ name, code, verdict })) ?? null),
  };
}

function gatesOf({ rules_version, context, facts, created_at }: DecisionRow): readonly GateResult[] | null {
  if (rules_version === null || context === null) return null;
  return receiptOf(rules_version, context as SharedFacts, facts, created_at)?.gates ?? null;
}
