/**
 * Whether a transfer whose amount no invoice asked for may be credited to who named it. Its hash is public: naming it
 * proves nothing, so time, the sender's address and what else it could have been meant for decide.
 * Keeps: what two customers name is never credited without a person; nothing is credited at once but a known sender's.
 */
import { MICRO_PER_USDT, type Micro } from './micro-usdt.js';

export interface ClaimEvidence {
  /** When its owner named the transaction. */
  readonly claimedAt: Date;
  /** Whether another customer names the same transaction. */
  readonly isContested: boolean;
  /** Whether exact payments of this customer, and of nobody else, came from the same address before. */
  readonly isKnownSender: boolean;
  /** Whether another customer's unpaid invoice asked for about as much when the transfer was made. */
  readonly couldBeOthers: boolean;
}

export type ClaimVerdict =
  | { readonly verdict: 'credit' }
  /** Credited at `until` unless somebody else names it before. */
  | { readonly verdict: 'hold'; readonly until: Date }
  /** A person decides. */
  | { readonly verdict: 'doubt' };

/** So long others have to name the same transaction. */
export const CLAIM_HOLD_MS = 3_600_000;

/** Amounts that differ by at most so much may be meant for each other: a mark left out, a fee taken off. */
export const NEARLY: Micro = 2n * MICRO_PER_USDT;

/**
 * Of two signs against a claim (a sender not known, somebody else's invoice that it could be meant for) none credits it,
 * one holds it, both leave it to a person.
 */
export function judgeClaim(evidence: ClaimEvidence, now: Date): ClaimVerdict {
  const { isContested, isKnownSender, couldBeOthers, claimedAt } = evidence;
  if (isContested || (!isKnownSender && couldBeOthers)) return { verdict: 'doubt' };
  const until = new Date(claimedAt.getTime() + CLAIM_HOLD_MS);
  const isHeld = (!isKnownSender || couldBeOthers) && until > now;
  return isHeld ? { verdict: 'hold', until } : { verdict: 'credit' };
}
