/** Injection token of the source whose candles are kept: the selected one, or the price feed's own. */
export const KEPT_CANDLES = Symbol('KEPT_CANDLES');
