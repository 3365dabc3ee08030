/**
 * The one ordered table of gates that stand between a decision and an order, and the versions of it.
 * Keeps: a decision's reason is the first gate that refuses; a receipt holds every gate. A change of a gate, of their
 * order or of the stored facts is a new version, and the versions in stored decisions stay here.
 */
import { ADDRESS_GATES } from './address-gates.js';
import { decodeFacts, type FollowerFacts, type GateCase, type SharedFacts } from './facts.js';
import { type Facts, type Gate, type GateResult, resultOf } from './gate.js';
import { PACE_GATES } from './pace-gates.js';
import type { RefusalReason } from './refusals.js';
import { oppositeGate } from './opposite-gate.js';
import { liquidation, SIZE_GATES } from './size-gates.js';

export const RULES_VERSION = 5;

export const GATES: readonly Gate[] = [...ADDRESS_GATES, oppositeGate, ...PACE_GATES, ...SIZE_GATES];

interface Rules {
  readonly gates: readonly Gate[];
  readonly decode: (stored: unknown) => FollowerFacts;
}

const VERSIONS: Readonly<Record<number, Rules>> = {
  /** Before liquidation prices were estimated. */
  1: { gates: GATES.filter((gate) => gate !== liquidation && gate !== oppositeGate), decode: decodeFacts },
  /** Before one-way mode was a gate. */
  2: { gates: GATES.filter((gate) => gate !== oppositeGate), decode: decodeFacts },
  /** Before cross margin. */
  3: { gates: GATES, decode: decodeFacts },
  /** Before plans had a limit on concurrent trades. */
  4: { gates: GATES, decode: decodeFacts },
  5: { gates: GATES, decode: decodeFacts },
};

export interface Receipt {
  readonly rules_version: number;
  readonly verdict: 'OPENED' | 'REFUSED';
  readonly reason: RefusalReason | null;
  readonly gates: readonly GateResult[];
}

/** Every gate of a case, in order. */
export function evaluate(c: GateCase, version = RULES_VERSION): Receipt {
  const gates = (VERSIONS[version]?.gates ?? []).map((gate) => resultOf(gate, c));
  const reason = gates.find(({ verdict }) => verdict === 'REFUSED')?.code ?? null;
  return { rules_version: version, verdict: reason === null ? 'OPENED' : 'REFUSED', reason, gates };
}

/** The receipt of a stored decision; undefined for a version that this program does not know. */
export function receiptOf(version: number, shared: SharedFacts, stored: unknown, at: Date): Receipt | undefined {
  const rules = VERSIONS[version];
  return rules === undefined ? undefined : evaluate({ shared, follower: rules.decode(stored), at }, version);
}

export interface Refused {
  readonly reason: RefusalReason;
  /** Input and limit of the gate. */
  readonly detail: Facts;
}

/** The first of `gates` that refuses; undefined when all admit. */
export function firstRefusal(gates: readonly Gate[], c: GateCase): Refused | undefined {
  for (const gate of gates) {
    if (gate.admits(c) === false) return { reason: gate.code(c), detail: { ...gate.input(c), ...gate.limit(c) } };
  }
  return undefined;
}
