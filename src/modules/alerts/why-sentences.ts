/** Why an alert, or a part of it, comes to nothing, in a sentence for whoever reads the log. */
import type { Why } from '../../domain/alerts/held.js';

const SENTENCES: Readonly<Record<Why, string>> = {
  NOTHING_TO_CLOSE: 'there is nothing to close',
  NOTHING_TO_REDUCE: 'there is nothing to reduce',
  NOTHING_TO_ADD: 'nothing is added to what was never entered',
  NOTHING_TO_PROTECT: 'there is no position whose stop or targets it could be',
  UNCHANGED: 'the position is as it was',
  SAME_DIRECTION: 'a trade on this side is open, and the source does not add to it (on_same_side)',
  OPPOSITE_IGNORED: 'a trade on the other side is open, and the source ignores such alerts (on_opposite)',
  CONDITION: 'the condition that it names does not hold',
  PRICE_ONLY: 'it tells a price, and asks for nothing',
  NOT_TO_BE_TRADED: 'it says of itself that it is not to be traded',
  SIZE_UNKNOWN: 'it does not let it be known how much of the position is meant',
  GAP: 'alerts before it did not arrive, and the source does not enter then (on_gap)',
  STALE: 'it is too old to enter',
};

export const whySentence = (why: Why): string => SENTENCES[why];
