/**
 * The shape of a gate: one named question between a decision and an order.
 * Keeps: `admits` alone decides; what a gate shows and the change that it names never influence the verdict.
 */
import { Decimal } from '../money/decimal.js';
import type { GateCase } from './facts.js';
import type { RefusalReason } from './refusals.js';

export type Fact = string | number | boolean | null | readonly string[];
export type Facts = Readonly<Record<string, Fact>>;

/** The smallest change that would have admitted: for a person, and under the names of the settings and facts. */
export interface Change {
  readonly words: string;
  readonly data: Facts;
}

export interface Gate {
  readonly name: string;
  /** Whether a refusal says that the signal is not meant for the follower at all: then nothing of theirs is touched. */
  readonly isAddress: boolean;
  code(c: GateCase): RefusalReason;
  /** Undefined where no limit is set. */
  admits(c: GateCase): boolean | undefined;
  input(c: GateCase): Facts;
  limit(c: GateCase): Facts;
  /** Called for what is refused only. */
  change(c: GateCase): Change;
}

export type GateVerdict = 'PASSED' | 'REFUSED' | 'NOT_SET';

/** One line of a receipt. */
export interface GateResult {
  readonly name: string;
  readonly code: RefusalReason;
  readonly input: Facts;
  readonly limit: Facts;
  readonly verdict: GateVerdict;
  readonly change: Change | null;
}

export function resultOf(gate: Gate, c: GateCase): GateResult {
  const admitted = gate.admits(c);
  return {
    name: gate.name,
    code: gate.code(c),
    input: gate.input(c),
    limit: gate.limit(c),
    verdict: admitted === undefined ? 'NOT_SET' : admitted ? 'PASSED' : 'REFUSED',
    change: admitted === false ? gate.change(c) : null,
  };
}

/** A gate whose code is always the same. */
export function gate(
  name: string,
  code: RefusalReason,
  rule: Omit<Gate, 'name' | 'code' | 'isAddress'>,
  isAddress = false,
): Gate {
  return { name, code: () => code, isAddress, ...rule };
}

/** A gate of a whole number that may be at most one below its limit before the entry is added. */
export function countGate(
  name: string,
  code: RefusalReason,
  setting: string,
  count: (c: GateCase) => number,
  limit: (c: GateCase) => number | null,
  what: string,
): Gate {
  return gate(name, code, {
    admits: (c) => below(count(c), limit(c)),
    input: (c) => ({ [what]: count(c) }),
    limit: (c) => ({ [setting]: limit(c) }),
    change: (c) => ({
      words: `raise ${setting} to ${count(c) + 1}`,
      data: { [setting]: count(c) + 1 },
    }),
  });
}

/** A gate of an amount that may reach its limit but not pass it. */
export function amountGate(
  name: string,
  code: RefusalReason,
  setting: string,
  amount: (c: GateCase) => Decimal,
  limit: (c: GateCase) => string | null,
  input: (c: GateCase) => Facts,
): Gate {
  return gate(name, code, {
    admits: (c) => {
      const most = limit(c);
      return most === null ? undefined : amount(c).lte(Decimal.of(most));
    },
    input,
    limit: (c) => ({ [setting]: limit(c) }),
    change: (c) => ({
      words: `raise ${setting} to ${amount(c).toString()}`,
      data: { [setting]: amount(c).toString() },
    }),
  });
}

function below(count: number, limit: number | null): boolean | undefined {
  return limit === null ? undefined : count < limit;
}
