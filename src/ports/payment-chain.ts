/**
 * A way to learn what arrived in the house's wallet. Says what a chain holds, never what it means for an invoice.
 * Keeps: `found` is final: successful, in our token, to our wallet, with the confirmations the settings ask for, and
 * the same in every source asked; whatever is short of that is `pending` or `refused` with the reason.
 */

export interface ChainTransfer {
  /** Lower-case hexadecimal, 64 digits. */
  readonly txHash: string;
  /** Whole millionths of a USDT: everything that this transaction brought to our wallet. */
  readonly amount: bigint;
  readonly from: string;
  readonly block: number;
  /** When the block was made. */
  readonly at: Date;
}

export type Verification =
  | { readonly outcome: 'found'; readonly transfer: ChainTransfer }
  /** Not known, not final, or the sources do not agree: ask again. */
  | { readonly outcome: 'pending'; readonly reason: string }
  /** Final, and not a payment to us. `reason` is for the person who paid. */
  | { readonly outcome: 'refused'; readonly code: RefusalCode; readonly reason: string }
  /** This chain asks nobody: an administrator looks. */
  | { readonly outcome: 'by_hand' };

export const REFUSAL_CODES = ['TRANSFER_FAILED', 'WRONG_TOKEN', 'WRONG_RECIPIENT'] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** How far a scan has come: everything up to this block was listed. */
export interface ChainCursor {
  readonly block: number;
  readonly at: Date;
}

export interface ChainScan {
  /** Transactions that may have brought something; each is still to be verified. May repeat earlier ones. */
  readonly txHashes: readonly string[];
  readonly cursor: ChainCursor;
}

export interface PaymentChain {
  readonly code: string;
  /** True for an address that money can be sent to. */
  isAddress(text: string): boolean;
  /** Throws when a source cannot be asked; nothing is known then. */
  verify(txHash: string): Promise<Verification>;
  /** Lists what may have arrived after `from`, without a gap. Absent where nobody can be asked. Throws as `verify`. */
  scan?(from: ChainCursor | undefined): Promise<ChainScan>;
}

/** Injection token of the chain chosen by PAYMENT_CHAIN. */
export const PAYMENT_CHAIN = Symbol('PAYMENT_CHAIN');
