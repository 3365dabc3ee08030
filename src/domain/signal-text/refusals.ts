/**
 * Why a text is not taken for what it might be, and what to ask its author.
 * Keeps: every refusal names its code, the field, and the place in the text.
 */
import type { Span } from './token.js';

export const REFUSALS = {
  NO_SYMBOL: 'Which pair is meant?',
  SEVERAL_SYMBOLS: 'Which of the pairs is meant? One message opens one trade.',
  UNKNOWN_SYMBOL: 'Which market is meant? There is none of this name here.',
  NO_SIDE: 'Long or short?',
  BOTH_SIDES: 'Long or short? Both are said.',
  SIDE_AGAINST_PRICES: 'Long or short? The prices say otherwise than the word.',
  NO_ENTRY: 'At which price is it entered, or is it at market?',
  NO_STOP: 'Where is the stop? This source trades nothing without one.',
  SEVERAL_STOPS: 'Which of the stops counts?',
  STOP_ON_WRONG_SIDE: 'Where is the stop? It must lie below the entries of a long and above those of a short.',
  TARGET_ON_WRONG_SIDE: 'Which are the targets? They must lie above the entries of a long and below those of a short.',
  PRICES_FAR_APART: 'Are all prices right? Two of them are more than ten times apart.',
  UNCLEAR_NUMBER: 'Which number is meant?',
  BREAKOUT_PRICES: 'At which one price is the breakout?',
  SIGNAL_OR_UPDATE: 'Is this a new trade, or does it change one that runs?',
  REDUCE_HOW_MUCH: 'How many percent are to be closed?',
  STOP_WHERE: 'To which price is the stop to be moved?',
  WHICH_ENTRY: 'Which entry is meant? Entries can be withdrawn all together only.',
  NEEDS_CONFIRMATION: 'Is it to be opened as read?',
} as const;

export type RefusalCode = keyof typeof REFUSALS;

export type SignalField = 'symbol' | 'side' | 'entry' | 'targets' | 'stop' | 'leverage' | 'change' | 'text';

export interface Refusal {
  readonly code: RefusalCode;
  readonly field: SignalField;
  /** The words that it is about; empty where something is missing. */
  readonly text: string;
  readonly span: Span | null;
}
